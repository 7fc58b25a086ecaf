import assert from "node:assert/strict";
import { test } from "node:test";
import { Typing } from "../../../Sources/Web/sdk/modules/typing.js";

test("keystrokes for a minute make at most one frame a second, and renew within six", () => {
  const typing = new Typing();
  const told = [];
  for (let now = 0; now < 60_000; now += 70) if (typing.changed("c", true, now) !== undefined) told.push(now);
  const gaps = told.slice(1).map((time, place) => time - told[place]);
  assert.ok(gaps.every((gap) => gap >= 1_000 && gap < 6_000), String(gaps));
});

test("an end within the same second waits for it, and a new start takes it back", () => {
  const typing = new Typing();
  assert.equal(typing.changed("c", true, 0), true);
  assert.equal(typing.changed("c", false, 200), undefined);
  assert.equal(typing.due, 1_000);
  assert.deepEqual(typing.ticked(1_000), [{ conversation: "c", active: false }]);
  assert.equal(typing.changed("c", true, 1_100), undefined);
  assert.equal(typing.due, 2_000);
  assert.equal(typing.changed("c", false, 1_200), undefined);
  assert.equal(typing.due, Infinity);
});

test("who never typed does not stop, and a sent message ends it", () => {
  const typing = new Typing();
  assert.equal(typing.changed("c", false, 0), undefined);
  assert.equal(typing.changed("c", true, 0), true);
  typing.ended("c");
  assert.equal(typing.changed("c", true, 100), true);
});

test("conversations do not share their second", () => {
  const typing = new Typing();
  assert.equal(typing.changed("c", true, 0), true);
  assert.equal(typing.changed("d", true, 0), true);
});
