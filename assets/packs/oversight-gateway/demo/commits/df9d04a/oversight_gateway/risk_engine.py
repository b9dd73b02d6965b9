"""Risk values of the old release stand in its code."""


class RiskEngine:
    def __init__(
        self,
        checkpoint_threshold: float = 0.55,
        compound_window_seconds: int = 300,
    ):
        self.checkpoint_threshold = checkpoint_threshold
        self.compound_window_seconds = compound_window_seconds
