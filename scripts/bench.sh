#!/bin/sh
# Runs one benchmark scenario against a release build on fresh data, which is gone afterwards. With gateways=N in the
# environment, against so many gateways.
set -eu
cd "$(dirname "$0")/.."
scenario=${1:-fanout}
[ $# -eq 0 ] || shift
parley=.build/release/parley
data=$(mktemp -d)
# A hundred uploads at once are more than a gateway takes unless it is told to.
if [ "$scenario" = files ]; then
    export PARLEY_GATEWAY_UPLOADS_MAX=128 PARLEY_GATEWAY_INSPECTIONS_WAITING_MAX=128
fi
"$parley" up --data "$data" --listen 127.0.0.1:0 --gateways "${gateways:-1}" --log-level warning >"$data/ready" &
up=$!
trap 'kill "$up" 2>/dev/null; wait "$up" || true; rm -rf "$data"' EXIT INT TERM
until grep -q '^ready' "$data/ready"; do
    kill -0 "$up"
    sleep 0.1
done
"$parley" bench "$scenario" --data "$data" "$@"
