import os

ENABLE_NEW_SCHEMA = os.getenv("AI_JOBS_NEW_SCHEMA", "off") == "on"
READ_PREFERS_NEW = os.getenv("READ_PREFERS_NEW", "on") == "on"
READ_FALLBACK_OLD = os.getenv("READ_FALLBACK_OLD", "on") == "on"
KEYS = ("ai:jobs", "ai:job")


def next_cursor(scan_cursor_new, scan_cursor_old):
    return f"new:{scan_cursor_new}:old:{scan_cursor_old}"
