// Uploads over real HTTP, against a double of the server; links and messages with files over a socket of the test's.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { ParleyError, createParley } from "../../../Sources/Web/sdk/parley.js";
import { settled } from "./support/clock.js";
import { FakeServer } from "./support/server.js";
import { UploadServer } from "./support/upload-server.js";

const C = "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a";
const MIB = 1_048_576;
/** @type {UploadServer} */
let server;

before(async () => (server = await UploadServer.start()));
after(() => server.stop());
afterEach(() => {
  server.fault = () => undefined;
  server.losesLast = false;
  server.asked.length = 0;
});

/** No waits between tries; `tokens`: those that the platform gives, one after the other. */
function client(tokens = []) {
  const token = async () => tokens.shift() ?? "good";
  return createParley({ url: server.url, token, storage: "memory", random: () => 0 });
}
const file = (bytes, name, type = "") => Object.assign(new Blob([bytes], { type }), { name });
const refused = (code) => (error) => error instanceof ParleyError && error.code === code;
const stored = (upload) => server.files.get(upload.id);

test("a small file goes in one request, with its name, type and conversation", async () => {
  const bytes = randomBytes(3_000);
  const told = [];
  const name = "Ĝardeno (1)'s* 🎉.png";
  const upload = await client().upload(C, file(bytes, name, "image/png"), { onProgress: (...now) => told.push(now) });
  assert.deepEqual([upload.name, upload.type, upload.size], [name, "image/png", 3_000]);
  assert.deepEqual(stored(upload), { name, type: "image/png", conversation: C, bytes });
  assert.deepEqual(server.asked, ["POST /v1/uploads"]);
  assert.deepEqual(told, [[3_000, 3_000]]);
});

test("a large file goes in pieces that grow, and tells how far it is", async () => {
  const bytes = randomBytes(9 * MIB + 17);
  const told = [];
  const upload = await client().upload(C, file(bytes, "film.mp4", "video/mp4"), { onProgress: (sent) => told.push(sent) });
  assert.ok(stored(upload).bytes.equals(bytes));
  assert.deepEqual([stored(upload).name, stored(upload).type, stored(upload).conversation], ["film.mp4", "video/mp4", C]);
  assert.deepEqual(told, [...told].sort((a, b) => a - b));
  assert.equal(told.at(-1), bytes.length);
  assert.ok(server.count("PATCH") > 2 && server.count("PATCH") < 20, String(server.count("PATCH")));
  assert.equal(server.count("HEAD"), 0);
});

test("where the connection breaks in the middle it asks how much is there and goes on from it", async () => {
  const bytes = randomBytes(4 * MIB);
  let breaks = 0;
  server.fault = (method) => (method === "PATCH" && (breaks += 1) % 2 === 0 && breaks < 7 ? { cut: 100_000 } : undefined);
  const upload = await client().upload(C, file(bytes, "large.zip"));
  assert.ok(stored(upload).bytes.equals(bytes));
  assert.equal(server.count("POST"), 1);
  assert.ok(server.count("HEAD") >= 3);
});

test("a server that is away, busy, behind a dead proxy or holding the upload is waited for", async () => {
  const faults = [503, 429, 502, 423, 500];
  server.fault = (method) => (method === "PATCH" && faults.length > 0 ? { status: faults.shift() } : undefined);
  const bytes = randomBytes(2 * MIB);
  assert.ok(stored(await client().upload(C, file(bytes, "a.zip"))).bytes.equals(bytes));
  const small = [503, 429, 500];
  server.fault = () => (small.length > 0 ? { status: small.shift() } : undefined);
  assert.equal((await client().upload(C, file("x", "a.txt"))).size, 1);
});

test("an offset that the server does not agree with is asked for, an upload that it lost begins anew", async () => {
  const bytes = randomBytes(2 * MIB);
  let lies = 1;
  server.fault = (method) => (method === "PATCH" && lies-- === 1 ? { status: 409, body: { ok: false, error: { code: "conflict" } } } : undefined);
  assert.ok(stored(await client().upload(C, file(bytes, "a.zip"))).bytes.equals(bytes));
  let patches = 0;
  server.fault = (method) => {
    if (method === "PATCH" && (patches += 1) === 2) server.partial.clear();
  };
  assert.ok(stored(await client().upload(C, file(bytes, "b.zip"))).bytes.equals(bytes));
  server.fault = (method) => (method === "PATCH" ? { status: 404, body: { ok: false, error: { code: "not_found" } } } : undefined);
  await assert.rejects(client().upload(C, file(bytes, "c.zip")), refused("not_found"));
});

test("the reply to the last piece may be lost, whatever it was: it is asked for", async () => {
  const bytes = randomBytes(2 * MIB);
  server.losesLast = true;
  const upload = await client().upload(C, file(bytes, "a.zip"));
  assert.ok(stored(upload).bytes.equals(bytes));
  const error = await client().upload(C, file(bytes, "a.exe")).catch((error) => error);
  assert.deepEqual([error.code, error.reason], ["unsupported_media", "content_mismatch"]);
  assert.equal(server.count("POST"), 2);
});

test("a refusal has the contract's code and why, and is not tried again", async () => {
  const body = { ok: false, error: { code: "unsupported_media", message: "…", reason: "extension_denied" } };
  for (const size of [10, 2 * MIB]) {
    server.asked.length = 0;
    server.fault = (method) => (method === "POST" ? { status: 415, body } : undefined);
    const error = await client().upload(C, file(new Uint8Array(size), "a.exe")).catch((error) => error);
    assert.deepEqual([error.code, error.reason, ParleyError.fromJSON(error.toJSON()).reason], ["unsupported_media", "extension_denied", "extension_denied"]);
    assert.equal(server.count("POST"), 1);
  }
  for (const [status, code] of [[413, "too_large"], [404, "not_found"], [403, "forbidden"]]) {
    server.fault = () => ({ status });
    await assert.rejects(client().upload(C, file("x", "a.txt")), refused(code));
  }
});

test("a refused token is asked for anew, a platform that has none better ends it", async () => {
  assert.equal((await client(["old"]).upload(C, file("x", "a.txt"))).size, 1);
  await assert.rejects(client(["old", "old", "old", "old", "old"]).upload(C, file("x", "a.txt")), refused("unauthenticated"));
});

test("cancelling ends the request and has the server let go of what it has", async () => {
  const ends = new AbortController();
  server.fault = (method) => void (method === "PATCH" && ends.abort());
  const upload = client().upload(C, file(new Uint8Array(4 * MIB), "a.zip"), { signal: ends.signal });
  await assert.rejects(upload, { name: "AbortError" });
  for (let round = 0; round < 500 && server.partial.size > 0; round += 1) await settled();
  assert.equal(server.count("DELETE"), 1);
  const before = new AbortController();
  before.abort();
  await assert.rejects(client().upload(C, file("x", "a.txt"), { signal: before.signal }), { name: "AbortError" });
});

test("a location of another site gets no token", async () => {
  let stolen = 0;
  const other = await UploadServer.start();
  other.fault = () => void (stolen += 1);
  server.fault = (method) => (method === "POST" ? { status: 201, headers: { Location: `${other.url}/v1/uploads/tus/x` } } : undefined);
  await assert.rejects(client().upload(C, file(new Uint8Array(2 * MIB), "a.zip")), refused("bad_request"));
  await other.stop();
  assert.equal(stolen, 0);
});

test("a file that can't be read any more is told, at once", async () => {
  const gone = file("x", "a.txt");
  gone.arrayBuffer = async () => Promise.reject(new DOMException("moved", "NotReadableError"));
  await assert.rejects(client().upload(C, gone), refused("bad_request"));
  assert.deepEqual(server.asked, []);
});

test("at most three files go at once, all arrive", async () => {
  const parley = client();
  const names = Array.from({ length: 9 }, (_, place) => `${place}.txt`);
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const full = new Promise((resolve) => {
    server.fault = () => {
      if (server.asked.length === 3) resolve();
      return released;
    };
  });
  const uploads = names.map((name) => parley.upload(C, file("x", name)));
  await full;
  await settled();
  assert.equal(server.asked.length, 3);
  release();
  assert.deepEqual((await Promise.all(uploads)).map(({ name }) => name), names);
});

test("what is over the tenant's limit is refused before a byte is sent", async () => {
  const fake = new FakeServer();
  const parley = await fake.online({}, { limits: { text: 10, frame_bytes: 1_000, file_bytes: 5, in_flight: 64 } });
  await assert.rejects(parley.upload(C, file("123456", "a.txt")), refused("too_large"));
  assert.deepEqual(fake.asked, []);
});

test("links of one turn are one command, are kept until shortly before their end, and asked anew where they fail", async () => {
  const fake = new FakeServer();
  const parley = await fake.online();
  const end = (ms) => new Date(fake.clock.time + ms).toISOString();
  const [one, two] = [parley.fileLinks(["a", "b"]), parley.fileLinks(["b", "c"])];
  await settled();
  assert.deepEqual(fake.socket.of("file.links").map(({ ids }) => ids), [["a", "b", "c"]]);
  const say = (links, ms) => fake.socket.say({ ref: fake.socket.last.ref, ok: true, links, expires_at: end(ms) });
  say({ a: "/v1/files/a?sig=1", b: "https://cdn.example/b" }, 600_000);
  assert.deepEqual([await one, await two], [
    { a: "https://chat.example/v1/files/a?sig=1", b: "https://cdn.example/b" },
    { b: "https://cdn.example/b" },
  ]);
  fake.clock.sleep(500_000);
  assert.equal(Object.keys(await parley.fileLinks(["a"])).length, 1);
  assert.equal(fake.socket.of("file.links").length, 1);
  const fresh = parley.fileLinks(["a"], { fresh: true });
  await settled();
  say({ a: "/v1/files/a?sig=2" }, 600_000);
  assert.match((await fresh).a, /sig=2$/);
  fake.clock.sleep(571_000);
  const later = parley.fileLinks(["a"]);
  await settled();
  assert.equal(fake.socket.of("file.links").length, 3);
  say({}, 600_000);
  assert.deepEqual(await later, {});
});

test("a clock that is wrong by hours neither keeps a dead link nor asks at every look", async () => {
  for (const skew of [-7_200_000, 7_200_000]) {
    const fake = new FakeServer();
    const parley = await fake.online();
    const links = parley.fileLinks(["a"]);
    await settled();
    const end = new Date(fake.clock.time + skew + 600_000).toISOString();
    fake.socket.say({ ref: fake.socket.last.ref, ok: true, links: { a: "/a" }, expires_at: end });
    await links;
    fake.clock.sleep(30_000);
    assert.deepEqual(Object.keys(await parley.fileLinks(["a"])), ["a"]);
    fake.clock.sleep(540_000);
    void parley.fileLinks(["a"]).catch(() => {});
    await settled();
    assert.equal(fake.socket.of("file.links").length, 2);
  }
});

test("a message waits for its files and does not hold up those after it", async () => {
  const fake = new FakeServer();
  const parley = await fake.online();
  let arrived;
  const upload = new Promise((resolve) => (arrived = resolve));
  const entry = parley.sendMessage(C, "", { attachments: ["first", upload], voice: true });
  parley.sendMessage(C, "After");
  await settled();
  assert.deepEqual(fake.socket.of("message.send").map(({ text }) => text), ["After"]);
  assert.deepEqual(parley.outbox.map(({ state }) => state), ["sending", "sending"]);
  fake.socket.say({ ref: fake.socket.last.ref, ok: true, seq: 1, offset: 1, at: "…" });
  arrived({ id: "second" });
  await settled();
  const { ref, ...command } = fake.socket.last;
  assert.deepEqual(command, { op: "message.send", conversation: C, id: entry.id, text: "", attachments: ["first", "second"], voice: true });
});

test("a message whose file is refused fails with the reason; trying again begins the upload again", async () => {
  const fake = new FakeServer();
  const parley = await fake.online();
  const answers = [Promise.reject(new ParleyError("unsupported_media", "…", { reason: "macro" })), Promise.resolve({ id: "f" })];
  answers[0].catch(() => {});
  const entry = parley.sendMessage(C, "See", { attachments: [() => answers.shift()] });
  await settled();
  assert.deepEqual(parley.outbox.map(({ state, error }) => [state, error?.reason]), [["failed", "macro"]]);
  parley.edit(entry.id, "See this");
  await settled();
  assert.deepEqual([fake.socket.last.text, fake.socket.last.attachments], ["See this", ["f"]]);
});

test("a message that is discarded while its files are on their way is never sent", async () => {
  const fake = new FakeServer();
  const parley = await fake.online();
  let arrived;
  const entry = parley.sendMessage(C, "", { attachments: [new Promise((resolve) => (arrived = resolve))] });
  parley.discard(entry.id);
  arrived({ id: "f" });
  await settled();
  assert.deepEqual([parley.outbox, fake.socket.of("message.send")], [[], []]);
});

test("a message with files goes out after its uploads though the connection comes only then", async () => {
  const fake = new FakeServer();
  const parley = fake.client();
  parley.start();
  parley.sendMessage(C, "", { attachments: [Promise.resolve({ id: "f" })] });
  await settled();
  await fake.welcome();
  assert.deepEqual(fake.socket.of("message.send").map(({ attachments }) => attachments), [["f"]]);
});
