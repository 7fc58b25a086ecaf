import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../../Sources/Web/sdk/modules/connection.js";
import { ParleyError } from "../../../Sources/Web/sdk/modules/errors.js";

const drop = { do: "drop", code: 3000 };
const connecting = { do: "token", reason: "connect" };

/** A connection that lives since `now`. */
function live(now = 0) {
  const connection = new Connection(() => 0.5);
  assert.deepEqual(connection.started(now), [connecting]);
  assert.deepEqual(connection.tokenReady(now), [{ do: "open" }]);
  assert.deepEqual(connection.opened(now), [{ do: "hello" }]);
  assert.deepEqual(connection.welcomed({ heartbeat_ms: 25_000, retry_window_ms: 2_000 }, now), []);
  assert.equal(connection.state, "online");
  return connection;
}

/** One try that fails at once; the time after it. */
function fail(connection, now) {
  connection.ticked(now);
  connection.tokenReady(now);
  return connection.closed(1006, "", now);
}

test("the first try goes out at once, the next after waits that grow", () => {
  const connection = new Connection(() => 1);
  connection.started(0);
  const waits = [];
  let now = 0;
  for (let round = 0; round < 8; round += 1) {
    fail(connection, now);
    waits.push(connection.due - now);
    now = connection.due;
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("it goes on trying for ever", () => {
  const connection = new Connection(Math.random);
  connection.started(0);
  for (let round = 0; round < 10_000; round += 1) {
    fail(connection, connection.due);
    assert.equal(connection.phase, "waiting");
    assert.ok(Number.isFinite(connection.due));
  }
});

test("after five failures in a row HTTP stands in, while the socket is tried on", () => {
  const connection = new Connection(() => 0.5);
  connection.started(0);
  const actions = Array.from({ length: 6 }, (_, round) => fail(connection, round && connection.due));
  assert.deepEqual(actions.map((list) => list.length), [0, 0, 0, 0, 1, 0]);
  assert.deepEqual(actions[4], [{ do: "poll", on: true }]);
  assert.equal(connection.state, "connecting");
  connection.pollingWorks = true;
  assert.equal(connection.state, "polling");
  const now = connection.due;
  assert.deepEqual(connection.ticked(now), [connecting]);
  connection.tokenReady(now);
  connection.opened(now);
  assert.deepEqual(connection.welcomed({}, now), [{ do: "poll", on: false }]);
  assert.equal(connection.state, "online");
});

test("failures count again from zero after 30 stable seconds, not before", () => {
  const connection = live();
  connection.failures = 3;
  connection.closed(1006, "", 29_999);
  assert.equal(connection.failures, 4);
  const stable = live();
  stable.failures = 3;
  stable.closed(1006, "", 30_000);
  assert.equal(stable.failures, 0);
  assert.equal(stable.due, 31_000);
});

test("40xx are final and shown, but a new start tries again", () => {
  for (const code of [4000, 4002, 4003, 4004, 4007, 4009]) {
    const connection = live();
    assert.deepEqual(connection.closed(code, "", 1), [{ do: "drop", code: 1000 }]);
    assert.equal(connection.state, "error");
    assert.equal(connection.error?.closeCode, code);
    assert.deepEqual(connection.ticked(1e9), []);
    assert.deepEqual(connection.started(1e9), [connecting]);
  }
});

test("the error of a refused hello explains the close", () => {
  const connection = new Connection(() => 0);
  connection.started(0);
  connection.tokenReady(0);
  connection.opened(0);
  connection.refused(new ParleyError("bad_request", "Nonsense.", { field: "protocol" }));
  connection.closed(4002, "", 0);
  assert.deepEqual([connection.error?.code, connection.error?.field, connection.error?.message], ["bad_request", "protocol", "Nonsense."]);
});

test("4001 asks for one new token at once; a second 4001 is final", () => {
  const connection = new Connection(() => 0.5);
  connection.started(0);
  connection.tokenReady(0);
  assert.deepEqual(connection.closed(4001, "", 5), [{ do: "token", reason: "refused" }]);
  connection.tokenReady(5);
  connection.closed(4001, "", 6);
  assert.equal(connection.state, "error");
  assert.equal(connection.error?.code, "unauthenticated");
});

test("4203 comes back within the window with a new token", () => {
  const connection = live();
  assert.deepEqual(connection.closed(4203, "", 100), []);
  assert.equal(connection.due, 1_100);
  assert.deepEqual(connection.ticked(1_100), [{ do: "token", reason: "refresh" }]);
});

test("42xx come back within the window that draining told, and do not count as failures", () => {
  const connection = live();
  connection.drains(10_000);
  connection.closed(4200, "", 100);
  assert.equal(connection.due, 5_100);
  assert.equal(connection.failures, 0);
});

test("a server that sends everyone back again and again is backed off from", () => {
  const connection = live();
  let now = 0;
  for (let round = 0; round < 12; round += 1) {
    connection.closed(4202, "", now);
    now = connection.due;
    connection.ticked(now);
    connection.tokenReady(now);
    connection.opened(now);
    connection.welcomed({}, now);
  }
  assert.ok(connection.failures > 5, `${connection.failures} failures`);
});

test("the wait that a close names comes first", () => {
  const connection = live();
  connection.closed(4103, "retry=7000", 0);
  assert.equal(connection.due, 7_500);
});

test("no frame for the heartbeat and 10 s more: it reconnects", () => {
  const connection = live();
  connection.heard(20_000);
  assert.deepEqual(connection.ticked(54_999), []);
  assert.deepEqual(connection.ticked(55_000), [drop]);
  assert.equal(connection.phase, "waiting");
});

test("a timer that fires late, after a sleep, asks before it gives the socket up", () => {
  const connection = live();
  assert.deepEqual(connection.ticked(900_000), [{ do: "ping" }]);
  connection.heard(900_200);
  assert.equal(connection.due, 935_200);
  assert.deepEqual(connection.ticked(5e6), [{ do: "ping" }]);
  assert.deepEqual(connection.ticked(5e6 + 5_000), [drop]);
});

test("a wake asks for a sign of life, unless one just came; asking twice does not put off the end", () => {
  const connection = live();
  assert.deepEqual(connection.woken(4_000), []);
  assert.deepEqual(connection.woken(8_000), [{ do: "ping" }]);
  assert.deepEqual(connection.woken(12_000), []);
  assert.deepEqual(connection.ticked(13_000), [drop]);
});

test("while it waits, a wake or the network's return shortens the wait to the window", () => {
  const connection = new Connection(() => 0.5);
  connection.started(0);
  for (let round = 0; round < 7; round += 1) fail(connection, connection.due);
  const now = connection.due - 14_000;
  connection.networkChanged(false, now);
  assert.equal(connection.state, "offline");
  connection.networkChanged(true, now);
  assert.equal(connection.due, now + 1_000);
});

test("the browser's «offline» is doubted while the socket answers", () => {
  const connection = live();
  assert.deepEqual(connection.networkChanged(false, 100), [{ do: "ping" }]);
  assert.equal(connection.state, "online");
  connection.ticked(5_100);
  assert.equal(connection.state, "offline");
});

test("a frozen tab that said hello too late starts again when it wakes", () => {
  const connection = live();
  connection.closed(4007, "", 0);
  assert.equal(connection.state, "error");
  assert.deepEqual(connection.woken(60_000), [connecting]);
});

test("an upgrade or a hello without an answer is a failure", () => {
  const connection = new Connection(() => 0.5);
  connection.started(0);
  connection.tokenReady(0);
  assert.deepEqual(connection.ticked(5_000), [drop]);
  connection.ticked(connection.due);
  connection.tokenReady(connection.due);
  const now = connection.due;
  connection.opened(now);
  assert.deepEqual(connection.ticked(now + 9_000), []);
  assert.deepEqual(connection.ticked(now + 10_000), [drop]);
  assert.equal(connection.failures, 2);
});

test("a token that does not come is a failure too, and late ones change nothing", () => {
  const connection = new Connection(() => 0.5);
  connection.started(0);
  connection.tokenFailed(10);
  assert.equal(connection.failures, 1);
  assert.deepEqual(connection.tokenReady(20), []);
  assert.deepEqual(connection.opened(20), []);
});

test("stopped is stopped", () => {
  const connection = live();
  assert.deepEqual(connection.stopped(), [{ do: "drop", code: 1000 }]);
  assert.deepEqual(connection.closed(1006, "", 1), []);
  assert.deepEqual(connection.woken(1e6), []);
  assert.deepEqual(connection.ticked(1e9), []);
  assert.equal(connection.state, "offline");
});
