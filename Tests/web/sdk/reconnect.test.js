import assert from "node:assert/strict";
import { test } from "node:test";
import { closeAdvice, reconnectDelay, retryHint } from "../../../Sources/Web/sdk/modules/reconnect.js";

test("the first wait lies within the window, later ones double up to 30 s", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 7, 50].map((failures) => reconnectDelay(failures, 2_000, () => 1));
  assert.deepEqual(longest, [2_000, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(reconnectDelay(5, 2_000, () => 0), 0);
});

test("waits spread evenly over their range", () => {
  const waits = Array.from({ length: 2_000 }, () => reconnectDelay(6, 2_000, Math.random));
  const lower = waits.filter((wait) => wait < 15_000).length;
  assert.ok(lower > 800 && lower < 1_200, `${lower} of 2000 in the lower half`);
});

test("the range of a close code says what to do", () => {
  const advice = [4000, 4004, 4099, 4101, 4103, 4200, 4203, 1000, 1001, 1006, 1011, 3000].map(closeAdvice);
  const [f, b, c] = ["final", "backOff", "comeBack"];
  assert.deepEqual(advice, [f, f, f, b, b, c, c, b, b, b, b, b]);
});

test("a wait in the close reason is read, rubbish is not", () => {
  const reasons = ["retry=1500", "slow; retry=20", "", "retry=-1", "retry=1e9", "noretry=5", "retry=", "retry=12x"];
  assert.deepEqual(reasons.map(retryHint), [1500, 20, 0, 0, 0, 0, 0, 0]);
  assert.equal(retryHint("retry=999999999"), 3_600_000);
});
