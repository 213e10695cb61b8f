#!/bin/sh
# Buckets, tokens and down-sampling for InfluxDB 2.x, with its own command line. Needs INFLUX_HOST and INFLUX_TOKEN of
# an administrator in the environment. What is there already stays; prints the two tokens.
set -eu
cd "$(dirname "$0")"
org=${1:-plant}

bucket() { influx bucket list --org "$org" --name "$1" --hide-headers 2>/dev/null | cut -f1; }

[ -n "$(bucket gapwise)" ] || influx bucket create --org "$org" --name gapwise --retention 90d --shard-group-duration 1d
[ -n "$(bucket gapwise_long)" ] || influx bucket create --org "$org" --name gapwise_long --retention 0
influx task list --org "$org" --hide-headers | grep -q 'gapwise: minutes' ||
  influx task create --org "$org" --file downsample.flux

# The agent may write and nothing else, Grafana read and nothing else.
influx auth create --org "$org" --description "gapwise agent" --write-bucket "$(bucket gapwise)"
influx auth create --org "$org" --description "Grafana" --read-bucket "$(bucket gapwise)" \
  --read-bucket "$(bucket gapwise_long)"
