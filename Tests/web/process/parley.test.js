import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NodeWebSocket } from "../../../Sources/Web/sdk/node-socket.js";
import { uuidV7 } from "../../../Sources/Web/sdk/parley.js";
import { System, texts, until } from "./support/system.js";

/** @type {System} */
let system;
let tenants = 0;

before(async () => {
  system = await System.start();
});
after(() => system?.stop());

/** A tenant of its own with people who are online and share a group. */
async function people(names, options = {}, settings = []) {
  tenants += 1;
  const tenant = `web-${tenants}`;
  system.parley("tenant", "create", tenant, ...settings.flatMap((setting) => ["--set", setting]));
  const clients = names.map((name) => system.client(tenant, name, options[name]));
  await Promise.all(clients.map((client) => client.is("online")));
  const id = uuidV7(Date.now(), Math.random);
  await clients[0].send("conversation.create", { kind: "group", id, title: "All", members: names });
  return { tenant, clients, id, stop: () => Promise.all(clients.map((client) => client.stop())) };
}

test("two people talk: messages, typing, received and read reach the other", async () => {
  const { clients: [ana, ben], id, stop } = await people(["ana", "ben"]);
  assert.deepEqual([ana.user?.id, ana.seen.states, ana.seen.reloads], ["ana", ["connecting", "online"], 1]);
  assert.ok(ana.limits.text > 0);
  await until(() => ben.seen.events.some(({ event }) => event === "conversation.created"), "the group");
  ana.typing(id, true);
  await until(() => ben.seen.events.some(({ event, active }) => event === "typing" && active), "typing");
  const { id: message } = ana.sendMessage(id, "Hello, Ben 🥨");
  await until(() => texts(ben).length === 1, "the message");
  const { seq } = ben.seen.events.find(({ event }) => event === "message.created");
  ben.received(id, seq);
  ben.read(id, seq);
  const mark = (kind) => ana.seen.events.some(({ event, user, seq: to }) => event === kind && user === "ben" && to === seq);
  await until(() => mark("read") && mark("received"), "the marks");
  await until(() => ana.outbox.length === 0, "the outbox empty");
  const { messages } = await ana.send("message.list", { conversation: id });
  assert.deepEqual(messages.map((one) => [one.id, one.text]), [[message, "Hello, Ben 🥨"]]);
  await stop();
});

test("a burst far over the rate arrives whole and in order", async () => {
  const settings = ["rate_commands_per_s=50", "rate_burst=20"];
  const { clients: [ana, ben], id, stop } = await people(["ana", "ben"], {}, settings);
  const wanted = Array.from({ length: 120 }, (_, place) => `text ${place}`);
  for (const text of wanted) ana.sendMessage(id, text);
  await until(() => texts(ben).length >= wanted.length, "all messages", 60_000);
  assert.deepEqual(texts(ben), wanted);
  assert.ok(ana.seen.states.every((state) => state === "connecting" || state === "online"), String(ana.seen.states));
  await stop();
});

test("a killed gateway: all are back within 15 s, nothing is lost or doubled", async () => {
  const { clients: [ana, ben], id, stop } = await people(["ana", "ben"]);
  const wanted = [];
  const say = (text) => {
    wanted.push(text);
    ana.sendMessage(id, text);
  };
  for (let place = 0; place < 10; place += 1) say(`before ${place}`);
  system.kill("gateway");
  for (let place = 0; place < 10; place += 1) say(`during ${place}`);
  await until(() => ana.state !== "online" && ben.state !== "online", "the loss noticed");
  say("while away");
  await until(() => ana.state === "online" && ben.state === "online", "both back", 15_000);
  await until(() => texts(ben).length >= wanted.length && texts(ana).length >= wanted.length, "all messages");
  assert.deepEqual([texts(ana), texts(ben)], [wanted, wanted]);
  assert.deepEqual([ana.seen.reloads, ben.seen.reloads], [1, 1]);
  await stop();
});

test("a killed router only delays", async () => {
  const { clients: [ana, ben], id, stop } = await people(["ana", "ben"]);
  system.kill("router");
  const wanted = ["one", "two", "three"];
  for (const text of wanted) ana.sendMessage(id, text);
  await until(() => texts(ben).length >= 3, "the messages", 60_000);
  assert.deepEqual(texts(ben), wanted);
  await stop();
});

test("refusals keep the text, with the contract's code and field", async () => {
  const { clients: [ana], id, stop } = await people(["ana"]);
  ana.sendMessage(id, "   ");
  ana.sendMessage(uuidV7(Date.now(), Math.random), "nobody's conversation");
  await until(() => ana.outbox.every(({ state }) => state === "failed"), "both failed");
  assert.deepEqual(ana.outbox.map(({ error }) => [error.code, error.field]), [["bad_request", "text"], ["not_found", undefined]]);
  ana.edit(ana.outbox[0].id, "more than nothing");
  await until(() => texts(ana).includes("more than nothing"), "the edited one");
  await assert.rejects(ana.send("no.such.op"), { name: "ParleyError", code: "bad_request", field: "op" });
  await stop();
});

test("a page closed with unsent messages sends them when it opens again, and resumes", async () => {
  const items = new Map();
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
  const { tenant, clients: [ana, ben], id, stop } = await people(["ana", "ben"], { ana: { storage } });
  await ana.stop();
  ana.sendMessage(id, "written offline");
  await until(() => [...items.keys()].some((key) => key.startsWith("parley.outbox")), "it is kept");
  ben.sendMessage(id, "meanwhile");
  await until(() => texts(ben).length === 1, "ben's message");
  const later = system.client(tenant, "ana", { storage, keepsState: true });
  await until(() => texts(later).length === 2, "both messages");
  assert.deepEqual(texts(later).sort(), ["meanwhile", "written offline"]);
  assert.equal(later.seen.reloads, 0);
  await later.stop();
  await stop();
});

test("a token that ends is refreshed without losing the connection", async () => {
  const reasons = [];
  const token = async (reason) => {
    reasons.push(reason);
    return system.token(`web-${tenants}`, "ana", reasons.length === 1 ? "3s" : "1h");
  };
  const { clients: [ana], stop } = await people(["ana"], { ana: { token } });
  const end = Date.now() + 3_500;
  await until(() => reasons.length === 2, "a refresh");
  await until(() => Date.now() > end, "the first token's end");
  assert.equal((await ana.send("ping")).ok, true);
  assert.deepEqual(reasons, ["connect", "refresh"]);
  assert.deepEqual(ana.seen.states, ["connecting", "online"]);
  await stop();
});

test("a suspended user is told so, once, and comes back with a new start", async () => {
  const { tenant, clients: [ana], stop } = await people(["ana"]);
  system.parley("user", "suspend", "--tenant", tenant, "--user", "ana");
  await ana.is("error");
  assert.deepEqual(ana.seen.errors.map(({ closeCode }) => closeCode), [4004]);
  system.parley("user", "resume", "--tenant", tenant, "--user", "ana");
  await until(() => {
    ana.start();
    return ana.state === "online";
  }, "ana back");
  await stop();
});

test("a token of nobody's ends in an error after one more try", async () => {
  const reasons = [];
  const lost = system.client("nobody", "x", { token: async (reason) => (reasons.push(reason), "not.a.token") });
  await lost.is("error");
  assert.deepEqual(reasons, ["connect", "refused"]);
  assert.equal(lost.seen.errors[0].closeCode, 4001);
  await lost.stop();
});

test("sockets blocked: polling works within seconds, and the socket takes over when it can", async () => {
  let isBlocked = true;
  class Blocked {
    constructor(url, protocol) {
      if (!isBlocked) return new NodeWebSocket(url, protocol);
      queueMicrotask(() => this.onclose({ code: 1006, reason: "" }));
    }
    close() {}
  }
  const { tenant, clients: [ben], id, stop } = await people(["ben"]);
  const ana = system.client(tenant, "ana", { WebSocket: Blocked });
  await ana.is("polling");
  await ben.send("member.add", { conversation: id, users: ["ana"] });
  await until(() => ana.seen.events.some(({ event }) => event === "member.added"), "the invitation");
  ana.sendMessage(id, "over HTTP");
  await until(() => texts(ben).includes("over HTTP") && texts(ana).includes("over HTTP"), "the message");
  ben.sendMessage(id, "answer");
  await until(() => texts(ana).includes("answer"), "the answer");
  isBlocked = false;
  await until(() => ana.state === "online", "the socket", 60_000);
  ben.sendMessage(id, "over the socket");
  await until(() => texts(ana).length === 3, "the third");
  assert.deepEqual(texts(ana), ["over HTTP", "answer", "over the socket"]);
  await ana.stop();
  await stop();
});
