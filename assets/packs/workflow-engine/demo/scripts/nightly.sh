#!/bin/sh
# Restarts the service every night, because it leaks.
docker-compose up -d ai-workflow-system
