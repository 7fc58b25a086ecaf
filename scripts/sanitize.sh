#!/bin/sh
# The unit tests under a sanitizer, each built in a folder of its own: scripts/sanitize.sh [address | thread]. What they print
# lies in .build/SANITIZER-tests.log; ends with 1 where a test fails or a sanitizer has something to say.
set -eu
cd "$(dirname "$0")/.."
failed=no
mkdir -p .build
for sanitizer in ${1:-address thread}; do
    log=.build/$sanitizer-tests.log
    echo "== $sanitizer" >&2
    # LeakSanitizer counts what the Swift runtime keeps for ever; leaks are make leaks' business.
    export ASAN_OPTIONS=detect_leaks=0
    export TSAN_OPTIONS="suppressions=$PWD/scripts/tsan-suppressions.txt halt_on_error=0"
    # As in ./test: one after another.
    if ! swift test --scratch-path ".build/$sanitizer" --sanitize "$sanitizer" --disable-xctest --no-parallel \
        >"$log" 2>&1; then
        failed=yes
    fi
    if grep -nE 'ERROR: AddressSanitizer|WARNING: ThreadSanitizer' "$log" >&2; then failed=yes; fi
    grep -E 'recorded an issue|error:' "$log" >&2 || true
    tail -n 1 "$log" >&2
done
[ "$failed" = no ]
