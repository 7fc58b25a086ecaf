import assert from "node:assert/strict";
import { test } from "node:test";
import { Polling } from "../../../Sources/Web/sdk/modules/polling.js";

const ask = (wait) => [{ do: "ask", wait }];

test("the first poll does not wait, later ones do, at once after events", () => {
  const polling = new Polling(() => 0.5);
  assert.deepEqual(polling.started(0), ask(0));
  assert.deepEqual(polling.answered(3, 10), ask(25));
  assert.deepEqual(polling.answered(0, 25_010), ask(25));
});

test("a server or proxy that answers «nothing» at once is asked every two seconds", () => {
  const polling = new Polling(() => 0.5);
  polling.started(0);
  assert.deepEqual(polling.answered(0, 5), []);
  assert.deepEqual(polling.ticked(1_999), []);
  assert.deepEqual(polling.ticked(2_000), ask(25));
});

test("failures back off without end, and keep the wait that the server names", () => {
  const polling = new Polling(() => 1);
  polling.started(0);
  let now = 0;
  for (const wait of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    assert.deepEqual(polling.failed(0, 0, now), []);
    assert.equal(polling.due - now, wait);
    now = polling.due;
    assert.deepEqual(polling.ticked(now), ask(0));
  }
  polling.failed(503, 5_000, now);
  assert.equal(polling.due - now, 35_000);
});

test("one refused token is renewed once; the second, and 403, are final", () => {
  const polling = new Polling(() => 0.5);
  polling.started(0);
  assert.deepEqual(polling.failed(401, 0, 0), [{ do: "renew" }]);
  assert.equal(polling.due, Infinity);
  assert.deepEqual(polling.failed(401, 0, 10), [{ do: "final" }]);
  polling.started(0);
  assert.deepEqual(polling.failed(403, 0, 0), [{ do: "final" }]);
});

test("stopped is stopped", () => {
  const polling = new Polling(() => 0.5);
  polling.started(0);
  polling.stopped();
  assert.deepEqual(polling.answered(1, 1), []);
  assert.deepEqual(polling.failed(0, 0, 1), []);
  assert.deepEqual(polling.ticked(1e9), []);
});
