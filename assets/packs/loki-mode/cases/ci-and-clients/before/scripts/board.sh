#!/bin/sh
npm update -g loki-mode
loki dashboard
loki dashboard stop && loki dashboard start
loki dashboard status || exit 1
curl http://localhost:57374/api/audit?limit=5
curl http://localhost:57374/api/audit/verify
pip install loki-mode-sdk
docker pull asklokesh/loki-mode
