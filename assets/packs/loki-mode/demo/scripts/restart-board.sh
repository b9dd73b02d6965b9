#!/bin/sh
# Restarts the dashboard after the nightly backup.
loki dashboard stop && loki dashboard start
loki dashboard status || echo 'the dashboard is down'
