#!/bin/sh
# Checks the SDK's types, strictly (Debian: node-typescript), and that parley.js is what its modules make.
set -eu
cd "$(dirname "$0")"
tsc --project tsconfig.sdk.json
node --input-type=module --eval '
    import { readFileSync } from "node:fs";
    import { joined } from "../../Sources/Web/sdk/join.mjs";
    if (readFileSync("../../Sources/Web/sdk/parley.js", "utf8") !== joined()) {
        console.error("parley.js is not what its modules make: run node Sources/Web/sdk/join.mjs");
        process.exit(1);
    }'
