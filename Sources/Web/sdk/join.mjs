// Writes parley.js: the modules in the order of their imports, without comments, as one file that a page loads in one
// request and a platform can copy. Not a bundler: it only drops lines, and refuses what it does not understand.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("./", import.meta.url);

/** The text of parley.js, as it must be. */
export function joined() {
  const order = [];
  const visit = (name) => {
    if (order.some((module) => module.name === name)) return;
    const text = readFileSync(new URL(`modules/${name}`, folder), "utf8");
    for (const [, imported] of text.matchAll(/^import .* from "\.\/(.*)";$/gm)) visit(imported);
    order.push({ name, text });
  };
  visit("client.js");
  const owners = new Map();
  for (const { name, text } of order) {
    for (const [, word] of text.matchAll(/^(?:export )?(?:async )?(?:const|let|class|function) (\w+)/gm)) {
      if (owners.has(word)) throw new Error(`${word} is in both ${owners.get(word)} and ${name}`);
      owners.set(word, name);
    }
  }
  const head = "// Parley's SDK 1.0.0, Apache-2.0. Joined from modules/ by join.mjs: edit there. Types: parley.d.ts\n";
  return head + order.map(({ name, text }) => bare(name, text)).join("") + "export { createParley, ParleyError, uuidV7 };\n";
}

function bare(name, text) {
  const lines = text
    .replaceAll(/^\s*\/\*\*(?:.|\n)*?\*\/\n/gm, "")
    .replaceAll(/\/\*\* @\w+ .*? \*\/ ?/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s*\/\/|^import .* from "\.\/.*";$|^export \{.*\};$/.test(line))
    .map((line) => line.replace(/^export /, ""));
  const strange = lines.find((line) => /^(import|export)\b|\/\*/.test(line));
  if (strange) throw new Error(`${name}: ${strange}`);
  return lines.join("\n") + "\n";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(new URL("parley.js", folder), joined());
