#!/bin/sh
# Runs Python with what the browser tests need: Debian's Chromium and the packages of Tests/browser/requirements.lock.
# scripts/browser.sh -m pytest Tests/browser · scripts/browser.sh Tests/browser/bench_web.py · … pictures.py
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/prepare.sh
. scripts/prepare.sh

# The emoji and the writing systems that the tests and pictures show need fonts.
need_packages python3 python3-venv chromium fonts-noto-core fonts-noto-color-emoji
venv=.build/browser-venv
lock=Tests/browser/requirements.lock
# Made anew when the lock changes; the copy inside is written last, so that half a set-up never counts.
if ! cmp -s "$lock" "$venv/installed.lock"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    cp "$lock" "$venv/installed.lock"
fi
PARLEY_BINARY="${PARLEY_BINARY:-$PWD/.build/debug/parley}" exec "$venv/bin/python" "$@"
