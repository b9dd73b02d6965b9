"""The queue of the sample, phase 2: reads try the new key first; lists page over both."""

import os

ENABLE_NEW_SCHEMA = os.getenv("AI_JOBS_NEW_SCHEMA", "off") == "on"
READ_PREFERS_NEW = os.getenv("READ_PREFERS_NEW", "on") == "on"
READ_FALLBACK_OLD = os.getenv("READ_FALLBACK_OLD", "on") == "on"


def keys_to_write(workspace_id, job_id):
    keys = [f"ai:jobs:{job_id}"]
    if ENABLE_NEW_SCHEMA:
        keys.append(f"ai:job:{workspace_id}:{job_id}")
    return keys


def keys_to_read(workspace_id, job_id):
    new, old = f"ai:job:{workspace_id}:{job_id}", f"ai:jobs:{job_id}"
    return [new] * READ_PREFERS_NEW + [old] * READ_FALLBACK_OLD


def next_page(scan_cursor_new, scan_cursor_old):
    return f"new:{scan_cursor_new}:old:{scan_cursor_old}"
