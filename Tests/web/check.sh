#!/bin/sh
# Checks the SDK's types, strictly (Debian: node-typescript), and that its files are what its modules make.
set -eu
cd "$(dirname "$0")"
tsc --project tsconfig.sdk.json
node --input-type=module --eval '
    import { readFileSync } from "node:fs";
    import { joined, joinedFiles } from "../../Sources/Web/sdk/join.mjs";
    const is = (name, text) => readFileSync(`../../Sources/Web/sdk/${name}`, "utf8") === text;
    if (!is("parley.js", joined()) || !is("parley-files.js", joinedFiles())) {
        console.error("parley.js or parley-files.js is not what its modules make: run node Sources/Web/sdk/join.mjs");
        process.exit(1);
    }'
