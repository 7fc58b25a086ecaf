import assert from "node:assert/strict";
import { test } from "node:test";
import { secureRandom, uuidV7 } from "../../../Sources/Web/sdk/modules/uuid.js";

test("ids have the form of RFC 9562, version 7", () => {
  for (let round = 0; round < 200; round += 1) {
    assert.match(uuidV7(Date.now(), secureRandom), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

test("the example of RFC 9562, appendix A.6, has its time", () => {
  assert.ok(uuidV7(0x017f22e279b0, () => 0).startsWith("017f22e2-79b0-7000-8000-"));
});

test("later ids sort later, and none comes twice", () => {
  const ids = Array.from({ length: 1_000 }, (_, place) => uuidV7(1_700_000_000_000 + place, secureRandom));
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
});
