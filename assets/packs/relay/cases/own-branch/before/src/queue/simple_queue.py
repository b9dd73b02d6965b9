ENABLE_NEW_SCHEMA = False
KEYS = ("ai:jobs",)
