#!/bin/sh
# Breaks Parley on purpose: applies each patch beside this file to a copy of the last commit, builds it, and lets the
# harness look at it. Ends with 0 where every broken Parley was found out. The first build takes as long as any from
# nothing; what it built stays for the next time.
set -eu
cd "$(dirname "$0")/../../.."
top=$PWD
copy=$top/.build/mutations
missed=

# kinds PATCH: the faults under which it has to show.
kinds() {
    case $1 in
        acknowledge-before-commit) echo 'fsync,disk full' ;;
        skip-the-gap-check) echo 'fan-out' ;;
        drop-the-pending-table) echo 'kill -9 router' ;;
        *)
            echo "no faults are named for $1" >&2
            exit 64
            ;;
    esac
}

mkdir -p "$copy"
for patch in "$top"/Tests/chaos/mutations/*.patch; do
    name=$(basename "$patch" .patch)
    faults=$(kinds "$name")
    echo "== $name"
    # Files that did not change keep their times, so that only what the patches touch is built anew.
    git archive HEAD | tar -x -C "$copy"
    git apply --directory=.build/mutations "$patch"
    (cd "$copy" && swift build -c release --product parley | tail -n 1)
    (cd Tests/chaos && PARLEY_BINARY="$copy/.build/release/parley" python3 -m chaos --short --kinds "$faults") |
        tee "$copy/$name.log" || true
    grep -q FINDINGS "$copy/$name.log" || missed="$missed $name"
done
if [ -n "$missed" ]; then
    echo "NOT FOUND OUT:$missed"
    exit 1
fi
echo "all were found out"
