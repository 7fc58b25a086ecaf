import assert from "node:assert/strict";
import { test } from "node:test";
import { ParleyError } from "../../../Sources/Web/sdk/modules/errors.js";
import { Outbox, packed, unpacked } from "../../../Sources/Web/sdk/modules/outbox.js";

const entry = (id, conversation = "c1") => ({ id, conversation, text: `text ${id}`, at: Number(id), state: "sending" });
const ids = (entries) => entries.map(({ id }) => id);
const states = (outbox) => outbox.entries.map(({ id, state }) => `${id} ${state}`);

function holding(...entries) {
  const outbox = new Outbox();
  for (const one of entries) outbox.add(one);
  return outbox;
}

test("one message at a time in each conversation, so that order holds", () => {
  const outbox = holding(entry("1"), entry("2"), entry("3", "c2"));
  assert.deepEqual(ids(outbox.next(0)), ["1", "3"]);
  assert.deepEqual(outbox.next(0), []);
  outbox.sent("1", { seq: 7, at: "then" }, 0);
  assert.deepEqual(ids(outbox.next(0)), ["2"]);
  assert.equal(outbox.entries[0].seq, 7);
});

test("«too fast» waits as long as told, and the next message waits behind it", () => {
  const outbox = holding(entry("1"), entry("2"));
  outbox.next(0);
  outbox.refused("1", new ParleyError("rate_limited", "", { retryAfterMs: 1_200 }), 100);
  assert.equal(outbox.due(100), 1_300);
  assert.deepEqual(outbox.next(1_299), []);
  assert.deepEqual(ids(outbox.next(1_300)), ["1"]);
});

test("a refusal for good fails the message, keeps its text, and lets the next one pass", () => {
  for (const code of ["bad_request", "forbidden", "blocked", "not_found", "conflict", "too_large"]) {
    const outbox = holding(entry("1"), entry("2"));
    outbox.next(0);
    outbox.refused("1", new ParleyError(code), 0);
    assert.deepEqual(states(outbox), ["1 failed", "2 sending"]);
    assert.equal(outbox.entries[0].error?.code, code);
    assert.equal(outbox.entries[0].text, "text 1");
    assert.deepEqual(ids(outbox.next(0)), ["2"]);
  }
});

test("a fault of the server is tried five times before a person is asked", () => {
  const outbox = holding(entry("1"));
  let now = 0;
  for (let round = 1; round <= 5; round += 1) {
    assert.deepEqual(ids(outbox.next(now)), ["1"]);
    outbox.refused("1", new ParleyError("internal"), now);
    now += 60_000;
  }
  assert.deepEqual(states(outbox), ["1 failed"]);
});

test("a lost connection sends the same again under the same id", () => {
  const outbox = holding(entry("1"));
  outbox.next(0);
  outbox.lost("1");
  assert.deepEqual(outbox.next(0), [entry("1")]);
});

test("a stored message leaves with its event, before or after its reply, or after a while", () => {
  const outbox = holding(entry("1"), entry("2", "c2"), entry("3", "c3"));
  outbox.next(0);
  outbox.sent("1", { seq: 1 }, 0);
  assert.ok(outbox.seen("1"));
  assert.ok(outbox.seen("2"));
  outbox.sent("2", { seq: 1 }, 0);
  outbox.sent("3", { seq: 1 }, 0);
  assert.deepEqual(states(outbox), ["3 sent"]);
  assert.ok(!outbox.ticked(9_999));
  assert.ok(outbox.ticked(10_000));
  assert.deepEqual(states(outbox), []);
  assert.ok(!outbox.seen("another's"));
});

test("retry, edit and discard work on what failed; edit not on what is under way", () => {
  const outbox = holding(entry("1"));
  outbox.next(0);
  assert.ok(!outbox.edit("1", "too late"));
  assert.ok(!outbox.retry("1"));
  outbox.refused("1", new ParleyError("bad_request", "", { field: "text" }), 0);
  assert.ok(outbox.edit("1", "shorter"));
  assert.deepEqual(outbox.next(0).map(({ text, error }) => [text, error]), [["shorter", undefined]]);
  outbox.refused("1", new ParleyError("blocked"), 0);
  assert.ok(outbox.retry("1"));
  assert.deepEqual(ids(outbox.next(0)), ["1"]);
  outbox.discard("1");
  outbox.sent("1", { seq: 1 }, 0);
  assert.deepEqual(outbox.entries, []);
});

test("storage hears of everything that must survive, and no more", () => {
  const outbox = holding(entry("1"), entry("1"));
  outbox.next(0);
  assert.deepEqual(outbox.takeChanges(), [{ put: entry("1") }]);
  outbox.refused("1", new ParleyError("rate_limited"), 0);
  assert.deepEqual(outbox.takeChanges(), []);
  outbox.next(9_999);
  outbox.sent("1", {}, 0);
  assert.deepEqual(outbox.takeChanges(), [{ remove: "1" }]);
});

test("an entry survives a database with its error", () => {
  const failed = { ...entry("1"), state: "failed", error: new ParleyError("too_large", "Too large.", { field: "text" }) };
  const back = unpacked(structuredClone(packed(failed)));
  assert.ok(back.error instanceof ParleyError);
  assert.deepEqual([back.error.code, back.error.field, back.text], ["too_large", "text", "text 1"]);
});
