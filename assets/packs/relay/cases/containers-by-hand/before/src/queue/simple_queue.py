READ_FALLBACK_OLD = True
KEYS = ("ai:jobs", "ai:job")
