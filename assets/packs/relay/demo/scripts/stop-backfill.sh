#!/bin/sh
# Written from the changelog: finds nothing.
pkill -f backfill_redis_keys.py
