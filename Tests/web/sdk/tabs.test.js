import assert from "node:assert/strict";
import { test } from "node:test";
import { settled } from "./support/clock.js";
import { FakeBrowser } from "./support/browser.js";
import { FakeServer, jwt } from "./support/server.js";

const C = "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a";
const created = (offset, id = `m${offset}`) => ({ event: "message.created", offset, conversation: C, message: { id } });

/** A tab of one person's browser, with what it saw. */
function openTab(server, browser, options = {}) {
  const tab = browser.tab();
  const parley = server.client({ storage: browser.storage, locks: tab.locks, BroadcastChannel: tab.BroadcastChannel, ...options });
  const seen = { offsets: [], reloads: 0, states: [] };
  parley.on("event", ({ offset }) => seen.offsets.push(offset));
  parley.on("reload", () => (seen.reloads += 1));
  parley.on("state", (state) => seen.states.push(state));
  parley.start();
  return { tab, parley, seen };
}

async function twoTabs() {
  const server = new FakeServer();
  const browser = new FakeBrowser();
  const first = openTab(server, browser);
  await server.welcome({ resumed: false, offset: 1300, epoch: "e7" });
  const second = openTab(server, browser);
  await settled();
  return { server, browser, first, second };
}

test("two tabs of one person share one socket, and both see everything once", async () => {
  const { server, first, second } = await twoTabs();
  assert.equal(server.sockets.length, 1);
  assert.deepEqual([second.parley.state, second.parley.user?.id, second.seen.reloads], ["online", "alice", 1]);
  server.socket.say(created(1301));
  server.socket.say({ event: "typing", conversation: C, user: "bob", active: true });
  await settled();
  for (const { seen } of [first, second]) assert.deepEqual(seen.offsets, [1301, undefined]);
});

test("the second tab's commands, messages, marks and typing go through the first", async () => {
  const { server, first, second } = await twoTabs();
  const answer = second.parley.send("conversation.list");
  const refused = second.parley.send("user.get").catch((error) => error);
  const { id } = second.parley.sendMessage(C, "from the second");
  second.parley.typing(C, true);
  second.parley.read(C, 9);
  await server.clock.advance(400);
  assert.deepEqual(server.socket.sent.map(({ op }) => op), ["hello", "conversation.list", "user.get", "message.send", "typing", "read"]);
  for (const { parley } of [first, second]) assert.deepEqual(parley.outbox.map((entry) => entry.id), [id]);
  const ref = (op) => server.socket.of(op)[0].ref;
  server.socket.say({ ref: ref("conversation.list"), ok: true, conversations: [], unread_total: 0 });
  server.socket.say({ ref: ref("user.get"), ok: false, error: { code: "not_found", message: "" } });
  server.socket.say({ ref: ref("message.send"), ok: true, id, seq: 1, offset: 1301, at: "…" });
  assert.equal((await answer).unread_total, 0);
  assert.equal((await refused).code, "not_found");
  server.socket.say(created(1301, id));
  await settled();
  for (const { parley } of [first, second]) assert.deepEqual(parley.outbox, []);
});

test("both tabs may write at once, and every message arrives once", async () => {
  const { server, first, second } = await twoTabs();
  const ids = [first, second, first, second].map(({ parley }, place) => parley.sendMessage(C, `text ${place}`).id);
  await settled();
  const sent = [];
  while (server.socket.of("message.send").length > sent.length) {
    const { ref, id } = server.socket.of("message.send")[sent.length];
    sent.push(id);
    server.socket.say({ ref, ok: true, id, seq: sent.length, offset: 1300 + sent.length, at: "…" });
    await settled();
  }
  assert.deepEqual([...sent].sort(), [...ids].sort());
});

test("when the first tab closes, the second takes over where both were, with what was unsent", async () => {
  const { server, first, second } = await twoTabs();
  server.socket.say(created(1301));
  await settled();
  const { id } = second.parley.sendMessage(C, "kept");
  const waiting = second.parley.send("ping");
  await settled();
  await first.parley.stop();
  await server.clock.advance(200);
  assert.equal(server.sockets.length, 2);
  const socket = await server.welcome({ resumed: true });
  assert.equal(socket.sent[0].since, 1301);
  assert.deepEqual(socket.of("message.send").map((frame) => frame.id), [id]);
  socket.say({ ref: socket.of("ping")[0].ref, ok: true });
  assert.equal((await waiting).ok, true);
  for (const offset of [1301, 1302]) socket.say(created(offset));
  assert.deepEqual(second.seen.offsets, [1301, 1302]);
  assert.equal(second.seen.reloads, 1);
});

test("a frozen leader is relieved, and follows when it thaws", async () => {
  const { server, first, second } = await twoTabs();
  first.tab.isFrozen = true;
  await server.clock.advance(16_000);
  await server.clock.advance(200);
  assert.equal(server.sockets.length, 2);
  await server.welcome({ resumed: true });
  server.socket.say(created(1301));
  first.tab.thaw();
  await settled();
  assert.deepEqual([first.parley.state, second.parley.state], ["online", "online"]);
  assert.equal(server.sockets[0].readyState, 3);
  server.socket.say(created(1302));
  await settled();
  assert.ok(first.seen.offsets.includes(1302));
  assert.deepEqual(second.seen.offsets, [1301, 1302]);
});

test("a new leader starts from where the tab that is furthest behind stands", async () => {
  const { server, browser, first, second } = await twoTabs();
  const third = openTab(server, browser);
  await settled();
  third.tab.isFrozen = true;
  server.socket.say(created(1301));
  await settled();
  third.tab.mail.length = 0;
  third.tab.thaw();
  await first.parley.stop();
  await server.clock.advance(200);
  await server.welcome({ resumed: true });
  assert.equal(server.socket.sent[0].since, 1300);
  for (const offset of [1301, 1302]) server.socket.say(created(offset));
  await settled();
  for (const { seen } of [second, third]) assert.deepEqual(seen.offsets, [1301, 1302]);
});

test("two people in one browser share nothing", async () => {
  const server = new FakeServer();
  const browser = new FakeBrowser();
  openTab(server, browser, { token: async () => jwt({ tenant: "acme", sub: "alice" }) });
  const names = [];
  const { BroadcastChannel } = browser.tab();
  const bob = server.client({
    token: async () => jwt({ tenant: "acme", sub: "bob" }),
    storage: browser.storage,
    locks: { request: (name) => (names.push(name), new Promise(() => {})) },
    BroadcastChannel,
  });
  bob.sendMessage(C, "bob's");
  bob.start();
  await settled();
  assert.deepEqual(names, ["parley https://chat.example acme bob"]);
  assert.deepEqual([...browser.storage.items.keys()], ["parley.outbox.https://chat.example acme bob"]);
  await server.welcome();
  assert.deepEqual(server.socket.of("message.send"), []);
});

test("what the second tab watches is watched beside the first's", async () => {
  const { server, first, second } = await twoTabs();
  first.parley.send("presence.watch", { users: ["bob"] }).catch(() => {});
  second.parley.send("presence.watch", { users: ["carol", "bob"] }).catch(() => {});
  await settled();
  assert.deepEqual(server.socket.of("presence.watch").at(-1).users, ["carol", "bob"]);
  second.parley.send("presence.watch", { users: [] }).catch(() => {});
  await settled();
  assert.deepEqual(server.socket.of("presence.watch").at(-1).users, ["bob"]);
});

test("without locks, or where it is not wanted, every tab has its own socket", async () => {
  const server = new FakeServer();
  const browser = new FakeBrowser();
  openTab(server, browser, { shareBetweenTabs: false });
  openTab(server, browser, { shareBetweenTabs: false });
  await settled();
  assert.equal(server.sockets.length, 2);
});

test("where the browser forbids locks, channels or storage, a tab is alone and works", async () => {
  const forbidden = () => {
    throw new DOMException("not here", "SecurityError");
  };
  const { BroadcastChannel, locks } = new FakeBrowser().tab();
  const ways = [
    { locks: { request: async () => forbidden() }, BroadcastChannel },
    { locks, BroadcastChannel: class { constructor() { forbidden(); } } },
    { locks: undefined, BroadcastChannel: undefined },
  ];
  for (const way of ways) {
    const server = new FakeServer();
    const parley = await server.online(way);
    parley.sendMessage(C, "Hello");
    assert.deepEqual([parley.state, server.socket.of("message.send").length], ["online", 1]);
  }
  Object.defineProperty(globalThis, "indexedDB", { get: forbidden, configurable: true });
  try {
    const server = new FakeServer();
    assert.equal((await server.online({ storage: "indexeddb" })).state, "online");
  } finally {
    delete globalThis.indexedDB;
  }
});
