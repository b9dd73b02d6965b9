#!/bin/sh
./scripts/bootstrap_qdrant.sh
