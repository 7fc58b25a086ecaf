import assert from "node:assert/strict";
import { test } from "node:test";
import { ParleyError } from "../../../Sources/Web/sdk/parley.js";
import { settled } from "./support/clock.js";
import { FakeServer, fixtures, jwt } from "./support/server.js";

const C = "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a";
const created = (offset, id = `m${offset}`) => ({
  event: "message.created", offset, conversation: C, seq: offset, at: "…", message: { id, conversation: C, seq: offset, text: "x" },
});

test("it connects with token, protocol and position, and tells what the server said", async () => {
  const server = new FakeServer();
  const parley = await server.online({ clientName: "shop" });
  assert.equal(server.socket.url, "wss://chat.example/v1/ws");
  assert.equal(server.socket.protocol, "parley.v1");
  const [hello] = server.socket.sent;
  assert.deepEqual([hello.op, hello.protocol, hello.since, hello.epoch, hello.client.name], ["hello", "1", undefined, undefined, "shop"]);
  assert.deepEqual(server.seen.states, ["connecting", "online"]);
  assert.deepEqual([parley.user?.id, parley.tenant, parley.limits?.text, parley.features], ["alice", "acme", 10_000, ["typing", "receipts"]]);
  assert.equal(server.seen.reloads, 1);
});

test("every golden event reaches the application as it came, the connection's own are kept", async () => {
  for (const { subject, out } of [...fixtures("event."), ...fixtures("gateway.")]) {
    const server = new FakeServer();
    await server.online();
    server.socket.say(out);
    await settled();
    const isOwn = subject.startsWith("gateway.");
    assert.deepEqual(server.seen.events, isOwn ? [] : [JSON.parse(out)], subject);
    assert.deepEqual(server.seen.errors, [], subject);
  }
});

test("every golden reply answers its command", async () => {
  for (const { subject, out } of fixtures("reply.")) {
    const server = new FakeServer();
    const parley = await server.online();
    const answer = parley.send("any.op", { some: "field" });
    const { ref, ...command } = server.socket.last;
    assert.deepEqual(command, { op: "any.op", some: "field" });
    server.socket.say({ ...JSON.parse(out), ref });
    assert.deepEqual(await answer, { ...JSON.parse(out), ref }, subject);
  }
});

test("every golden error rejects with its code, field and wait", async () => {
  for (const { subject, out } of fixtures("error.")) {
    const server = new FakeServer();
    const parley = await server.online();
    const answer = parley.send("any.op").catch((error) => error);
    const frame = JSON.parse(out);
    const { code, field, retry_after_ms: retryAfterMs } = frame.error;
    server.socket.say({ ...frame, ref: server.socket.last.ref });
    if (new ParleyError(code).isTemporary) {
      // Tried again until the caller's time is over.
      await server.clock.advance(31_000);
      assert.ok(server.socket.of("any.op").length > 1, subject);
      assert.equal((await answer).code, "unavailable", subject);
    } else {
      const error = await answer;
      assert.ok(error instanceof ParleyError);
      assert.deepEqual([error.code, error.field, error.retryAfterMs], [code, field, retryAfterMs], subject);
    }
  }
});

test("frames that are no contract's change nothing", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  for (const text of ["", "{", "null", "[]", "7", '"x"', "{}", '{"event":7}', '{"ref":{}}', '{"event":"from.the.future"}']) server.socket.say(text);
  await settled();
  assert.equal(parley.state, "online");
  assert.deepEqual(server.seen.events, [{ event: "from.the.future" }]);
});

test("it resumes with the last offset, marks included, and nothing comes twice", async () => {
  const server = new FakeServer();
  await server.online({}, { offset: 1300, epoch: "e7" });
  server.socket.say(created(1301));
  server.socket.say({ event: "mark", offset: 1310 });
  server.socket.end(1006);
  await server.clock.advance(2_000);
  server.socket.open();
  await settled();
  assert.deepEqual([server.socket.last.since, server.socket.last.epoch], [1310, "e7"]);
  server.socket.say({ ref: "hello", ok: true, resumed: true, offset: 1400, epoch: "e7", heartbeat_ms: 25_000 });
  for (const offset of [1309, 1311, 1311, 1312]) server.socket.say(created(offset));
  await settled();
  assert.deepEqual(server.seen.events.map(({ offset }) => offset), [1301, 1311, 1312]);
  assert.equal(server.seen.reloads, 1);
});

test("where the log does not go on, lists must be read again, and lower offsets of a new epoch count", async () => {
  const server = new FakeServer();
  await server.online({}, { offset: 1300, epoch: "e7" });
  server.socket.end(1006);
  await server.comeBack({ resumed: false, offset: 20, epoch: "e8" });
  server.socket.say(created(21));
  assert.equal(server.seen.reloads, 2);
  assert.deepEqual(server.seen.events.map(({ offset }) => offset), [21]);
});

test("a message is shown at once, sent, and leaves with its event", async () => {
  const server = new FakeServer();
  const parley = server.client();
  parley.start();
  const entry = parley.sendMessage(C, "Hello", { replyTo: "r", thread: "t" });
  assert.deepEqual(parley.outbox.map(({ id, state }) => [id, state]), [[entry.id, "sending"]]);
  await server.welcome();
  const { ref, ...command } = server.socket.last;
  assert.deepEqual(command, { op: "message.send", conversation: C, id: entry.id, text: "Hello", reply_to: "r", thread: "t" });
  server.socket.say({ ref, ok: true, id: entry.id, seq: 45, offset: 1301, at: "2026-01-31T09:30:00.250Z" });
  assert.deepEqual(parley.outbox.map(({ state, seq }) => [state, seq]), [["sent", 45]]);
  server.socket.say(created(1301, entry.id));
  assert.deepEqual(parley.outbox, []);
  assert.deepEqual(server.seen.outbox.at(-1), []);
});

test("what was not acknowledged goes out again under the same id after a reconnect, in order", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  const ids = ["one", "two", "three"].map((text) => parley.sendMessage(C, text).id);
  const first = server.socket;
  assert.deepEqual(first.of("message.send").map(({ id }) => id), ids.slice(0, 1));
  first.end(1006);
  await server.comeBack();
  for (const id of ids) {
    const sent = server.socket.last;
    assert.equal(sent.id, id);
    server.socket.say({ ref: sent.ref, ok: true, id, seq: 1, offset: 1301, at: "…", duplicate: id === ids[0] });
  }
  assert.deepEqual(parley.outbox.map(({ state }) => state), ["sent", "sent", "sent"]);
  await server.clock.advance(11_000);
  assert.deepEqual(parley.outbox, []);
});

test("a refused message keeps its text with the reason, and goes out again edited", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  const { id } = parley.sendMessage(C, "too long");
  server.socket.say({ ref: server.socket.last.ref, ok: false, error: { code: "bad_request", message: "No.", field: "text" } });
  const [failed] = parley.outbox;
  assert.deepEqual([failed.state, failed.text, failed.error?.code, failed.error?.field], ["failed", "too long", "bad_request", "text"]);
  parley.edit(id, "short");
  assert.deepEqual([server.socket.last.id, server.socket.last.text], [id, "short"]);
  server.socket.say({ ref: server.socket.last.ref, ok: false, error: { code: "blocked", message: "No." } });
  parley.retry(id);
  assert.equal(server.socket.of("message.send").length, 3);
  parley.discard(id);
  assert.deepEqual(parley.outbox, []);
});

test("half an emoji does not make a message that is refused", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  assert.equal(parley.sendMessage(C, "ok \ud83d").text, "ok \ufffd");
});

test("the outbox is bounded", async () => {
  const server = new FakeServer();
  const parley = server.client();
  for (let count = 0; count < 500; count += 1) parley.sendMessage(C, "x");
  assert.throws(() => parley.sendMessage(C, "x"), { code: "overloaded" });
});

test("commands wait for the connection, and fail after 30 s", async () => {
  const server = new FakeServer();
  const parley = server.client();
  const early = parley.send("ping");
  parley.start();
  await server.welcome();
  server.socket.say({ ref: server.socket.last.ref, ok: true });
  assert.equal((await early).ok, true);
  server.socket.end(1006);
  const late = parley.send("ping").catch((error) => error.code);
  server.isDown = true;
  await server.clock.advance(30_000);
  assert.equal(await late, "unavailable");
});

test("the in-flight bound of the server holds", async () => {
  const server = new FakeServer();
  const parley = await server.online({}, { limits: { text: 1, frame_bytes: 1, file_bytes: 1, in_flight: 2 } });
  const answers = [1, 2, 3].map((place) => parley.send("user.get", { user: `u${place}` }));
  assert.equal(server.socket.of("user.get").length, 2);
  for (let place = 0; place < 3; place += 1) {
    server.socket.say({ ref: server.socket.of("user.get")[place].ref, ok: true });
  }
  assert.equal((await Promise.all(answers)).length, 3);
});

test("an expiring token is refreshed over the socket, once, however often it is announced", async () => {
  const server = new FakeServer();
  await server.online();
  for (let count = 0; count < 5; count += 1) server.socket.say({ event: "token.expiring", at: "…" });
  await settled();
  assert.deepEqual(server.tokens, ["connect", "refresh"]);
  assert.equal(server.socket.of("token.refresh").length, 1);
  server.socket.say({ ref: "refresh", ok: false, error: { code: "forbidden", message: "Another user." } });
  assert.equal(server.seen.errors[0].code, "forbidden");
});

test("a token that still holds is used again; the platform is not asked at every reconnect", async () => {
  const server = new FakeServer();
  await server.online();
  for (let round = 0; round < 5; round += 1) {
    server.socket.end(4200);
    await server.comeBack();
    await server.clock.advance(31_000);
    server.socket.say({ event: "mark", offset: 1300 + round });
  }
  assert.deepEqual(server.tokens, ["connect"]);
  server.socket.end(4203);
  await server.clock.advance(2_000);
  assert.deepEqual(server.tokens, ["connect", "refresh"]);
});

test("a refused token is asked for anew once, then the state says error and start tries again", async () => {
  const server = new FakeServer();
  const parley = server.client();
  parley.start();
  for (let round = 0; round < 2; round += 1) {
    await settled();
    server.socket.open();
    await settled();
    server.socket.say({ ref: "hello", ok: false, error: { code: "unauthenticated", message: "No." } });
    server.socket.end(4001);
  }
  await server.clock.advance(600_000);
  assert.deepEqual(server.tokens, ["connect", "refused"]);
  assert.equal(parley.state, "error");
  assert.deepEqual(server.seen.errors.map(({ code, closeCode }) => [code, closeCode]), [["unauthenticated", 4001]]);
  assert.equal(server.sockets.length, 2);
  parley.start();
  await server.welcome();
  assert.equal(parley.state, "online");
});

test("a callback that throws is asked again later, more slowly each time, and said so", async () => {
  const server = new FakeServer();
  let asked = 0;
  const parley = server.client({
    token: async () => {
      asked += 1;
      if (asked < 4) throw new Error("platform down");
      return jwt({ tenant: "acme", sub: "alice" });
    },
  });
  parley.start();
  await settled();
  assert.equal(asked, 1);
  await server.clock.advance(10_000);
  assert.equal(asked, 4);
  assert.match(server.seen.errors[0].message, /platform down/);
  await server.welcome();
  assert.equal(parley.state, "online");
});

test("another person's token does not send this person's messages", async () => {
  const server = new FakeServer();
  let sub = "alice";
  const parley = await server.online({ token: async () => jwt({ tenant: "acme", sub, exp: 1 }) });
  sub = "bob";
  parley.sendMessage(C, "secret");
  server.socket.end(1006);
  await server.clock.advance(60_000);
  assert.equal(parley.state, "error");
  assert.equal(server.sockets.length, 1);
});

test("typing and marks go out sparingly, and not at all without a connection", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  for (let round = 0; round < 20; round += 1) {
    parley.typing(C, true);
    parley.read(C, round);
    parley.received(C, round);
    await server.clock.advance(100);
  }
  parley.typing(C, false);
  await server.clock.advance(2_000);
  assert.deepEqual(server.socket.of("typing").map(({ active, ref }) => [active, ref]), [[true, undefined], [false, undefined]]);
  const reads = server.socket.of("read");
  assert.equal(reads.length, 1);
  server.socket.say({ ref: reads[0].ref, ok: true, seq: 3, unread: 0 });
  await server.clock.advance(1_000);
  assert.deepEqual(server.socket.of("read").map(({ seq }) => seq).slice(1), [19]);
  server.socket.end(1006);
  parley.typing(C, true);
  await server.comeBack();
  assert.deepEqual(server.socket.of("typing"), []);
  await server.clock.advance(1_000);
  assert.deepEqual(server.socket.of("read").map(({ seq }) => seq), [19]);
});

test("whom the application watches is told again on each connection", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  parley.send("presence.watch", { users: ["bob", "carol"] }).catch(() => {});
  parley.send("presence.set", { status: "away" }).catch(() => {});
  for (const { ref } of server.socket.sent.slice(1)) server.socket.say({ ref, ok: true });
  server.socket.end(1006);
  await server.comeBack();
  assert.deepEqual(server.socket.of("presence.watch")[0].users, ["bob", "carol"]);
  assert.equal(server.socket.of("presence.set")[0].status, "away");
});

test("a silent socket is given up after the heartbeat and ten seconds", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  const first = server.socket;
  await server.clock.advance(34_900);
  assert.equal(parley.state, "online");
  await server.clock.advance(200);
  assert.equal(first.closed, 3000);
  assert.equal(parley.state, "connecting");
  first.say(created(2000));
  assert.deepEqual(server.seen.events, []);
});

test("after a sleep the socket is asked first, and kept where it answers", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  server.clock.sleep(3_600_000);
  await server.clock.advance(0);
  assert.equal(server.socket.last.op, "ping");
  server.socket.say({ ref: "ping", ok: true });
  await server.clock.advance(10_000);
  assert.equal(parley.state, "online");
  assert.equal(server.sockets.length, 1);
});

test("a server that is away for an hour is found again, and nothing written meanwhile is lost", async () => {
  const server = new FakeServer();
  const parley = await server.online();
  server.isDown = true;
  server.socket.end(1006);
  const ids = Array.from({ length: 50 }, (_, place) => parley.sendMessage(C, `text ${place}`).id);
  for (let minute = 0; minute < 60; minute += 1) {
    await server.clock.advance(60_000);
    for (const call of server.asked.splice(0)) call.fail();
  }
  assert.equal(parley.state, "connecting");
  server.isDown = false;
  await server.comeBack();
  const sent = [];
  while (server.socket.of("message.send").length > sent.length) {
    const { ref, id } = server.socket.of("message.send")[sent.length];
    sent.push(id);
    server.socket.say({ ref, ok: true, id, seq: sent.length, offset: sent.length, at: "…" });
  }
  assert.deepEqual(sent, ids);
});

test("stop closes, forgets nobody's listeners, and start goes on from the same position", async () => {
  const server = new FakeServer();
  const parley = await server.online({}, { offset: 1300, epoch: "e7" });
  const waiting = parley.send("ping").catch((error) => error.code);
  await parley.stop();
  assert.equal(await waiting, "unavailable");
  assert.deepEqual([parley.state, server.socket.closed], ["offline", 1000]);
  await server.clock.advance(600_000);
  assert.equal(server.sockets.length, 1);
  parley.start();
  await settled();
  server.socket.open();
  await settled();
  assert.equal(server.socket.last.since, 1300);
  await parley.stop();
});

test("a listener that throws does not keep the next one from hearing", async () => {
  const server = new FakeServer();
  const parley = server.client();
  const thrown = [];
  globalThis.reportError = (error) => thrown.push(error.message);
  const heard = [];
  parley.on("state", () => {
    throw new Error("mine");
  });
  const end = parley.on("state", (state) => heard.push(state));
  parley.start();
  await settled();
  end();
  assert.deepEqual([heard, thrown], [["connecting"], ["mine"]]);
  await parley.stop();
  delete globalThis.reportError;
});
