import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { joined, joinedFiles } from "../../Sources/Web/sdk/join.mjs";

const file = readFileSync(new URL("../../Sources/Web/sdk/parley.js", import.meta.url));
const part = readFileSync(new URL("../../Sources/Web/sdk/parley-files.js", import.meta.url));

test("the SDK is at most 20 kB compressed", () => {
  const size = gzipSync(file).length;
  assert.ok(size <= 20_000, `${size} bytes`);
});

test("its part for files is loaded when it is wanted, and at most 5 kB compressed", () => {
  const size = gzipSync(part).length;
  assert.ok(size <= 5_000, `${size} bytes`);
});

test("parley.js and parley-files.js are what their modules make", () => {
  assert.ok(file.toString() === joined(), "run node Sources/Web/sdk/join.mjs");
  assert.ok(part.toString() === joinedFiles(), "run node Sources/Web/sdk/join.mjs");
});

test("the SDK builds no HTML, evaluates nothing and holds no address of another site", () => {
  assert.doesNotMatch(file.toString() + part, /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|https?:\/\/(?!127\.0\.0\.1)/);
});
