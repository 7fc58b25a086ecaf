#!/bin/sh
# Breaks Parley on purpose: applies each patch of Tests/chaos/mutations, and those beside this file, to a copy of the last
# commit, and simulates the fixed seeds with it. Ends with 0 where every broken Parley was found out. The first build takes as long as any from
# nothing; what it built stays for the next time.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
copy=$top/.build/mutations
missed=

mkdir -p "$copy"
for patch in "$top"/Tests/chaos/mutations/*.patch "$top"/Tests/SimulationTests/mutations/*.patch; do
    name=$(basename "$patch" .patch)
    echo "== $name"
    # Files that did not change keep their times, so that only what the patches touch is built anew.
    git archive HEAD | tar -x -C "$copy"
    git apply --directory=.build/mutations "$patch"
    (
        cd "$copy"
        swift build --build-tests | tail -n 1
        SWIFT_DETERMINISTIC_HASHING=1 swift test --skip-build --disable-xctest --no-parallel \
            --filter SimulationTests/whatIsPromisedHoldsForFixedSeeds
    ) >"$copy/$name.log" 2>&1 || true
    grep -E '^seed [0-9]+:' "$copy/$name.log" || true
    grep -qE '^seed [0-9]+: .* [1-9][0-9]* findings' "$copy/$name.log" || missed="$missed $name"
done
if [ -n "$missed" ]; then
    echo "NOT FOUND OUT:$missed"
    exit 1
fi
echo "all were found out"
