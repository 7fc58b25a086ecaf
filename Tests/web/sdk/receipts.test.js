import assert from "node:assert/strict";
import { test } from "node:test";
import { Receipts } from "../../../Sources/Web/sdk/modules/receipts.js";

test("marks gather, and only the highest goes out", () => {
  const receipts = new Receipts();
  for (const seq of [3, 9, 5, 1]) receipts.mark("read", "c", seq, 0);
  assert.equal(receipts.due, 300);
  assert.deepEqual(receipts.next(299), []);
  const [receipt] = receipts.next(300);
  assert.deepEqual(receipt, { kind: "read", conversation: "c", seq: 9 });
  receipts.done(receipt, 310);
  receipts.mark("read", "c", 9, 320);
  receipts.mark("read", "c", 4, 320);
  assert.equal(receipts.due, Infinity);
});

test("steady reading still tells within the time", () => {
  const receipts = new Receipts();
  for (let now = 0; now < 300; now += 50) receipts.mark("read", "c", now + 1, now);
  assert.deepEqual(receipts.next(300).map(({ seq }) => seq), [251]);
});

test("a mark made while one is under way follows it", () => {
  const receipts = new Receipts();
  receipts.mark("received", "c", 1, 0);
  const [receipt] = receipts.next(1_000);
  receipts.mark("received", "c", 2, 1_001);
  assert.deepEqual(receipts.next(9_000), []);
  receipts.done(receipt, 1_050);
  assert.deepEqual(receipts.next(2_050).map(({ seq }) => seq), [2]);
});

test("what was lost or refused for now is told later", () => {
  const receipts = new Receipts();
  receipts.mark("read", "c", 1, 0);
  const [receipt] = receipts.next(300);
  receipts.postponed(receipt, 5_000);
  assert.deepEqual(receipts.next(4_999), []);
  assert.deepEqual(receipts.next(5_000), [receipt]);
});

test("a page that goes away tells at once", () => {
  const receipts = new Receipts();
  receipts.mark("read", "c", 1, 0);
  receipts.mark("received", "d", 2, 0);
  assert.deepEqual(receipts.next(1, true).map(({ kind }) => kind), ["read", "received"]);
});

test("rubbish is no seq", () => {
  const receipts = new Receipts();
  for (const seq of [0, -1, NaN, undefined]) receipts.mark("read", "c", seq, 0);
  assert.equal(receipts.due, Infinity);
});
