import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { System } from "./support/system.js";

const guide = readFileSync(new URL("../../../docs/embed.md", import.meta.url), "utf8");

/** The file that the guide shows under its name. */
function shown(name) {
  const start = guide.indexOf("```", guide.indexOf(`\`${name}\``));
  return guide.slice(guide.indexOf("\n", start) + 1, guide.indexOf("```\n", start + 3));
}

/** @type {System} */
let system;

before(async () => {
  system = await System.start();
  writeFileSync(join(system.data, "chat-secret"), randomBytes(32).toString("hex") + "\n");
  system.parley("tenant", "create", "acme");
  system.parley("tenant", "key", "add", "acme", "--kid", "2026-1", "--alg", "HS256", "--file", join(system.data, "chat-secret"));
});
after(() => system?.stop());

async function connects(token) {
  const client = system.client("acme", "u-17", { token: async () => token });
  await client.is("online");
  assert.deepEqual(client.user, { id: "u-17", name: "Ana Sørensen" });
  await client.stop();
}

test("the guide's Node example makes a token that connects", async () => {
  const text = shown("chat-token.mjs").replace('"chat-secret"', JSON.stringify(join(system.data, "chat-secret")));
  const file = join(system.data, "chat-token.mjs");
  writeFileSync(file, text);
  const { chatToken } = await import(pathToFileURL(file).href);
  await connects(chatToken({ id: "u-17", name: "Ana Sørensen" }));
});

test("the guide's Python example makes a token that connects", async () => {
  writeFileSync(join(system.data, "chat_token.py"), shown("chat_token.py"));
  const words = ["-c", "import chat_token; print(chat_token.chat_token('u-17', 'Ana Sørensen'))"];
  await connects(execFileSync("python3", words, { cwd: system.data, encoding: "utf8" }).trim());
});

test("the guide's page has at most 20 lines, and what it imports is there", async () => {
  const [page, script] = [shown("chat.html"), shown("chat.js")];
  const lines = [...page.split("\n"), ...script.split("\n")].filter((line) => line.trim() !== "");
  assert.ok(lines.length <= 20, `${lines.length} lines`);
  const web = new URL("../../../Sources/Web/", import.meta.url);
  const folders = { "/sdk/v1/": "sdk/", "/app/": "app/" };
  for (const [, names, path] of script.matchAll(/^import \{ (.*) \} from "(.*)";$/gm)) {
    const folder = Object.keys(folders).find((prefix) => path.startsWith(prefix));
    const text = readFileSync(new URL(folders[folder] + path.slice(folder.length), web), "utf8");
    const exported = /^export \{ (.*) \};$/m.exec(text)[1].split(", ");
    assert.ok(names.split(", ").every((name) => exported.includes(name)), path);
  }
  assert.ok(readFileSync(new URL("app/app.css", web)).length > 0);
  assert.doesNotMatch(page, /<script(?![^>]*src=)|style=/);
});

test("the SDK runs from a folder it was copied to", () => {
  const sdk = new URL("../../../Sources/Web/sdk/", import.meta.url);
  for (const name of ["parley.js", "parley-files.js", "node-socket.js", "package.json"]) copyFileSync(new URL(name, sdk), join(system.data, name));
  writeFileSync(join(system.data, "try.mjs"), `
    import { createParley } from "./parley.js";
    import { NodeWebSocket } from "./node-socket.js";
    const token = async () => ${JSON.stringify(system.token("acme", "bot"))};
    const parley = createParley({ url: "${system.url}", token, storage: "memory", WebSocket: NodeWebSocket });
    parley.on("state", (state) => state === "online" && parley.stop().then(() => console.log(parley.user.id)));
    parley.start();
  `);
  assert.equal(execFileSync(process.execPath, [...process.execArgv, "try.mjs"], { cwd: system.data, encoding: "utf8", timeout: 30_000 }), "bot\n");
});
