#!/bin/sh
# Builds the bundle: Porter takes only what lies beside porter.yaml.
set -eu
cd "$(dirname "$0")"
cp ../compose.yml compose.yml
exec porter build "$@"
