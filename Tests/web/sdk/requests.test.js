import assert from "node:assert/strict";
import { test } from "node:test";
import { Requests } from "../../../Sources/Web/sdk/modules/requests.js";

const error = (code, retry_after_ms) => ({ code, message: code, retry_after_ms });
const refs = (requests) => requests.map(({ ref }) => ref);

function waiting(count, capacity = 64, isOnce = false) {
  const requests = new Requests();
  requests.capacity = capacity;
  for (let place = 0; place < count; place += 1) requests.add({ op: "ping", fields: {}, until: 30_000, isOnce });
  return requests;
}

test("never more than the server's bound wait for a reply", () => {
  const requests = waiting(10, 3);
  assert.deepEqual(refs(requests.next(0)), ["1", "2", "3"]);
  assert.deepEqual(requests.next(0), []);
  requests.answered({ ref: "2", ok: true }, 0);
  assert.deepEqual(refs(requests.next(0)), ["4"]);
});

test("a refusal for now is tried again after its time, one by one at first", () => {
  const requests = waiting(5);
  requests.next(0);
  assert.equal(requests.answered({ ref: "1", ok: false, error: error("rate_limited", 1_200) }, 0), undefined);
  assert.equal(requests.answered({ ref: "2", ok: false, error: error("rate_limited", 1_250) }, 0), undefined);
  for (const ref of ["3", "4", "5"]) assert.ok(requests.answered({ ref, ok: true }, 0)?.reply);
  assert.equal(requests.due(0), 1_250);
  assert.deepEqual(requests.next(1_249), []);
  assert.deepEqual(refs(requests.next(1_250)), ["1", "2"]);
});

test("a hundred commands at a refusing server make few refusals", () => {
  const requests = waiting(100);
  let refusals = 0;
  for (let now = 0; now <= 10_000; now += 500) {
    for (const { ref } of requests.next(now)) {
      refusals += 1;
      requests.answered({ ref, ok: false, error: error("rate_limited", 500) }, now);
    }
  }
  assert.ok(refusals < 100, `${refusals} in 10 s close the connection at 100`);
});

test("a refusal for good, and one that would come too late, go to the caller", () => {
  const requests = waiting(2);
  requests.next(0);
  assert.equal(requests.answered({ ref: "1", ok: false, error: error("not_found") }, 0)?.error?.code, "not_found");
  const late = requests.answered({ ref: "2", ok: false, error: error("unavailable", 40_000) }, 0);
  assert.deepEqual([late?.error?.code, late?.error?.retryAfterMs], ["unavailable", 40_000]);
});

test("what was under way when the connection broke goes out again first, in order", () => {
  const requests = waiting(4, 2);
  requests.next(0);
  assert.deepEqual(requests.lost(), []);
  requests.capacity = 64;
  assert.deepEqual(refs(requests.next(0)), ["1", "2", "3", "4"]);
});

test("what must not be queued again is handed back", () => {
  const requests = waiting(2, 1, true);
  requests.next(0);
  assert.deepEqual(requests.lost().map(({ request, error: none, reply }) => [request.ref, none, reply]), [
    ["1", undefined, undefined],
    ["2", undefined, undefined],
  ]);
  assert.deepEqual(requests.next(0), []);
});

test("a command that cannot be sent over HTTP waits a second", () => {
  const requests = waiting(1);
  requests.next(0);
  assert.equal(requests.returned("1", 0), undefined);
  assert.deepEqual(requests.next(999), []);
  assert.deepEqual(refs(requests.next(1_000)), ["1"]);
});

test("nobody waits longer than his time, and the queue is bounded", () => {
  const requests = waiting(3, 1);
  requests.next(0);
  assert.equal(requests.due(0), 30_000);
  assert.deepEqual(requests.expired(29_999), []);
  assert.deepEqual(requests.expired(30_000).map((outcome) => outcome.error?.code), Array(3).fill("unavailable"));
  assert.throws(() => waiting(1_001, 0), { code: "overloaded" });
});

test("replies that nobody asked for change nothing", () => {
  const requests = waiting(1);
  for (const frame of [{ ok: true }, { ref: "1", ok: true }, { ref: "99", ok: true }]) {
    assert.equal(requests.answered(frame, 0), undefined);
  }
});
