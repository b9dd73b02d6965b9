"""The queue of the sample, checkpoint 1: both keys or none, and the flags for reading."""

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
