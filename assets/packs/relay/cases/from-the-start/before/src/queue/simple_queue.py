KEYS = ("ai:jobs",)
