import assert from "node:assert/strict";
import { test } from "node:test";
import { settled } from "./support/clock.js";
import { FakeServer } from "./support/server.js";

const C = "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a";
const created = (offset) => ({ event: "message.created", offset, conversation: C, message: { id: `m${offset}` } });
const page = (events, offset) => ({ events, offset, epoch: "e7", resumed: true });

/** A client whose sockets are blocked, at its first poll. */
async function blocked(options) {
  const server = new FakeServer();
  server.isDown = true;
  const parley = server.client(options);
  parley.start();
  await server.clock.advance(10_000);
  assert.equal(server.sockets.length, 5);
  assert.equal(server.asked.length, 1);
  return { server, parley };
}

test("blocked sockets lead to polling within seconds, with the token in the header alone", async () => {
  const { server, parley } = await blocked();
  const [poll] = server.asked;
  assert.equal(poll.path, "/v1/events?wait=0");
  assert.equal(poll.token.split(".").length, 3);
  poll.answer(200, { events: [], offset: 1300, epoch: "e7", resumed: false });
  await settled();
  assert.deepEqual(server.seen.states, ["connecting", "polling"]);
  assert.equal(server.seen.reloads, 1);
  assert.equal(parley.user?.id, "alice");
  await server.clock.advance(2_000);
  assert.equal(server.asked[1].path, "/v1/events?wait=25&since=1300&epoch=e7");
  server.asked[1].answer(200, page([created(1301), { event: "read", conversation: C, user: "bob", seq: 1 }], 1302));
  await settled();
  assert.deepEqual(server.seen.events.map(({ event }) => event), ["message.created", "read"]);
  assert.equal(server.asked[2].path, "/v1/events?wait=25&since=1302&epoch=e7");
});

test("messages and commands go over HTTP, each kept until its reply came", async () => {
  const { server, parley } = await blocked();
  server.asked[0].answer(200, page([], 1300));
  await settled();
  const { id } = parley.sendMessage(C, "Hello");
  const reading = parley.send("message.list", { conversation: C });
  await settled();
  const posts = () => server.asked.filter(({ path }) => path === "/v1/ops");
  assert.deepEqual(posts().map(({ body }) => body.op).sort(), ["message.list", "message.send"]);
  posts().find(({ body }) => body.op === "message.list").answer(200, { ok: true, messages: [], more: false });
  posts().find(({ body }) => body.op === "message.send").fail();
  assert.deepEqual((await reading).messages, []);
  await server.clock.advance(1_100);
  const again = posts().at(-1);
  assert.equal(again.body.id, id);
  again.answer(429, { ok: false, error: { code: "rate_limited", message: "", retry_after_ms: 700 } }, { "Retry-After": "1" });
  await server.clock.advance(800);
  posts().at(-1).answer(200, { ok: true, id, seq: 1, offset: 1301, at: "…" });
  await settled();
  assert.equal(posts().length, 4);
  assert.deepEqual(parley.outbox.map(({ state }) => state), ["sent"]);
});

test("the socket takes over as soon as it works; what both bring comes once", async () => {
  const { server, parley } = await blocked();
  server.asked[0].answer(200, page([], 1300));
  await server.clock.advance(2_000);
  server.asked.at(-1).answer(200, page([created(1301)], 1301));
  await settled();
  server.isDown = false;
  await server.comeBack();
  const poll = server.asked.filter(({ path }) => path.startsWith("/v1/events")).at(-1);
  assert.ok(poll.isAborted);
  server.socket.say(created(1301));
  server.socket.say(created(1302));
  assert.equal(parley.state, "online");
  assert.deepEqual(server.seen.events.map(({ offset }) => offset), [1301, 1302]);
  const count = server.asked.length;
  await server.clock.advance(20_000);
  assert.equal(server.asked.length, count);
});

test("a refused token is renewed once for poll and commands together", async () => {
  const { server, parley } = await blocked();
  server.asked[0].answer(200, page([], 1300));
  await server.clock.advance(2_000);
  for (let count = 0; count < 3; count += 1) parley.send("ping").catch(() => {});
  await settled();
  for (const call of server.asked.slice(1)) call.answer(401, { ok: false, error: { code: "token_expired", message: "" } });
  await server.clock.advance(1_500);
  assert.deepEqual(server.tokens, ["connect", "refused"]);
  assert.notEqual(server.asked.at(-1).token, server.asked[0].token);
});

test("a proxy's page in place of an answer, and no answer at all, are only failures", async () => {
  const { server, parley } = await blocked();
  server.asked[0].answer(200, "<html>");
  await server.clock.advance(1_000);
  server.asked.at(-1).answer(502, {});
  await server.clock.advance(20_000);
  server.asked.at(-1).answer(200, page([], 1300));
  await settled();
  assert.equal(parley.state, "polling");
  await server.clock.advance(40_000);
  assert.ok(server.asked.at(-1).path.startsWith("/v1/events"));
});

test("a refusal of the client itself is final and shown", async () => {
  const { server, parley } = await blocked();
  server.asked[0].answer(403, { ok: false, error: { code: "forbidden", message: "" } });
  await server.clock.advance(60_000);
  assert.equal(parley.state, "error");
  assert.equal(server.seen.errors[0].code, "forbidden");
  assert.equal(server.asked.length, 1);
});
