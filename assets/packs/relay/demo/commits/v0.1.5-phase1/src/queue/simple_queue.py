"""The queue of the sample, phase 1: new jobs under both keys, if the flag is on."""

import os

ENABLE_NEW_SCHEMA = os.getenv("AI_JOBS_NEW_SCHEMA", "off") == "on"


def keys_to_write(workspace_id, job_id):
    keys = [f"ai:jobs:{job_id}"]
    if ENABLE_NEW_SCHEMA:
        keys.append(f"ai:job:{workspace_id}:{job_id}")
    return keys
