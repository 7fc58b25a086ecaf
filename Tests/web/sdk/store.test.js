import assert from "node:assert/strict";
import { test } from "node:test";
import { databaseStore, keyValueStore } from "../../../Sources/Web/sdk/modules/store.js";
import { FakeStorage } from "./support/browser.js";
import { FakeClock, settled } from "./support/clock.js";
import { FakeServer } from "./support/server.js";

const C = "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a";
const entry = (id) => ({ id, conversation: "c", text: id, at: Number(id), state: "sending" });

test("entries come back in the order they were written, with the position", async () => {
  const storage = new FakeStorage();
  const store = keyValueStore(storage, "alice");
  for (const id of ["3", "1", "2"]) store.put(entry(id));
  store.remove("2");
  store.move({ offset: 7, epoch: "e" });
  const kept = await keyValueStore(storage, "alice").load().then(() => store.load());
  assert.deepEqual(kept.entries.map(({ id }) => id), ["1", "3"]);
  assert.deepEqual(kept.position, { offset: 7, epoch: "e" });
  assert.deepEqual(await keyValueStore(storage, "bob").load(), { entries: [], position: undefined });
});

test("storage by promise works as well, and changes keep their order", async () => {
  const items = new Map();
  const late = (value) => new Promise((resolve) => setImmediate(() => resolve(value)));
  const store = keyValueStore({
    getItem: (key) => late(items.get(key) ?? null),
    setItem: async (key, value) => void items.set(key, await late(value)),
    removeItem: async (key) => void (await late(), items.delete(key)),
  }, "alice");
  store.put(entry("1"));
  store.put(entry("2"));
  store.remove("1");
  assert.deepEqual((await store.load()).entries.map(({ id }) => id), ["2"]);
  store.remove("2");
  await store.load();
  assert.equal(items.size, 0);
});

test("full, forbidden or spoilt storage only forgets", async () => {
  const broken = new FakeStorage();
  broken.isBroken = true;
  const store = keyValueStore(broken, "alice");
  store.put(entry("1"));
  store.move({ offset: 7, epoch: "e" });
  assert.deepEqual(await store.load(), { entries: [], position: undefined });
  const spoilt = new FakeStorage();
  spoilt.setItem("parley.outbox.alice", "{");
  assert.deepEqual((await keyValueStore(spoilt, "alice").load()).entries, []);
});

test("a database that throws, refuses or never opens only forgets", async () => {
  const clock = new FakeClock();
  const failing = { open: () => ({ set onerror(report) { queueMicrotask(report); } }) };
  const factories = [{ open: () => { throw new Error("forbidden"); } }, failing, { open: () => ({}) }];
  for (const factory of factories) {
    const store = databaseStore(factory, "alice", clock);
    store.put(entry("1"));
    const loading = store.load();
    await clock.advance(3_000);
    assert.deepEqual(await loading, { entries: [], position: undefined });
    store.close();
  }
});

test("a closed page's unsent message goes out from the next one, and its position counts", async () => {
  const storage = new FakeStorage();
  const before = new FakeServer();
  const parley = await before.online({ storage }, { offset: 1300, epoch: "e7" });
  const { id } = parley.sendMessage(C, "unsent");
  const failed = parley.sendMessage("d", "refused");
  const { ref } = before.socket.of("message.send")[1];
  before.socket.say({ ref, ok: false, error: { code: "blocked", message: "No." } });
  before.socket.say({ event: "mark", offset: 1310 });
  await before.clock.advance(1_500);

  const after = new FakeServer();
  const next = after.client({ storage });
  next.start();
  const socket = await after.welcome({ resumed: true });
  assert.deepEqual([socket.sent[0].since, socket.sent[0].epoch], [1310, "e7"]);
  assert.deepEqual(socket.of("message.send").map((frame) => [frame.id, frame.text]), [[id, "unsent"]]);
  assert.deepEqual(next.outbox.map((one) => [one.id, one.state, one.error?.code]), [[id, "sending", undefined], [failed.id, "failed", "blocked"]]);
  assert.equal(after.seen.reloads, 1);
  socket.say({ ref: socket.last.ref, ok: true, id, seq: 1, offset: 1311, at: "…" });
  next.discard(failed.id);
  await settled();
  assert.deepEqual([...storage.items.keys()], ["parley.position.https://chat.example acme alice"]);
});

test("who keeps the lists too need not read them again; an old position is not replayed", async () => {
  const storage = new FakeStorage();
  const first = new FakeServer();
  await first.online({ storage }, { offset: 1300, epoch: "e7" });
  first.socket.say({ event: "mark", offset: 1301 });
  await first.clock.advance(1_500);
  const second = new FakeServer();
  second.client({ storage, keepsState: true }).start();
  await second.welcome({ resumed: true });
  assert.equal(second.seen.reloads, 0);
  const third = new FakeServer();
  third.clock.sleep(2 * 86_400_000);
  third.client({ storage }).start();
  const socket = await third.welcome({ resumed: false });
  assert.equal(socket.sent[0].since, undefined);
});

test("everything works while storage is broken", async () => {
  const storage = new FakeStorage();
  storage.isBroken = true;
  const server = new FakeServer();
  const parley = await server.online({ storage });
  const { id } = parley.sendMessage(C, "Hello");
  server.socket.say({ ref: server.socket.last.ref, ok: true, id, seq: 1, offset: 1301, at: "…" });
  assert.deepEqual(parley.outbox.map(({ state }) => state), ["sent"]);
});
