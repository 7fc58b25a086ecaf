#!/bin/sh
# Fuzzes one parser with libFuzzer, which sees what code each input reaches: scripts/fuzz.sh TARGET [SECONDS]. The first
# time it builds everything with counters, in a folder of its own. What it finds lies in .build/fuzz-found/TARGET; put into
# Tests/Fixtures/fuzz/TARGET it is tried by ./test for ever.
set -eu
cd "$(dirname "$0")/.."
target=${1:-}
seconds=${2:-60}
# On the machine's own kind of processor, beside the compiler.
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
runtime=$(find "$toolchain/lib" -name "libclang_rt.fuzzer_no_main-$(uname -m).a" | head -n 1)
if [ -z "$runtime" ]; then
    echo "This toolchain has no libFuzzer. ./test build unit tries the same targets without it." >&2
    exit 69
fi
export PARLEY_FUZZ="$runtime"
swift build --scratch-path .build/fuzz --product fuzz >&2
fuzz=.build/fuzz/debug/fuzz
if [ -z "$target" ]; then
    echo "Which target?" >&2
    exec "$fuzz"
fi
corpus=.build/fuzz-corpus/$target
found=.build/fuzz-found/$target
mkdir -p "$corpus" "$found"
"$fuzz" --seeds "$target" "$corpus"
# The backtracer waits for a crashed process that the fuzzer's own handler ends.
SWIFT_BACKTRACE=enable=no exec "$fuzz" "$target" -max_total_time="$seconds" -max_len=4096 -timeout=5 \
    -artifact_prefix="$found/" "$corpus"
