// Writes parley.js and parley-files.js: the modules in the order of their imports, without comments, as few files that a
// page loads and a platform can copy. Not a bundler: it only drops lines, and refuses what it does not understand.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("./", import.meta.url);
/** The file that is loaded when it is wanted, and the module that others import for it. */
const PART = { name: "parley-files.js", entry: "files.js" };
/** What `parley.js` gives to applications, and to the part. */
const EXPORTS = ["createParley", "ParleyError", "uuidV7"];

/** The text of parley.js, as it must be. */
export function joined() {
  return text("Parley's SDK 1.0.0, Apache-2.0.", modules("client.js", []), "", EXPORTS);
}

/** The text of parley-files.js, as it must be. */
export function joinedFiles() {
  const main = modules("client.js", []).map(({ name }) => name);
  const own = modules(PART.entry, main);
  const values = own.flatMap(({ text }) => [...text.matchAll(/^import \{ (.*) \} from "\.\/(.*)";$/gm)])
    .filter(([, , from]) => main.includes(from)).flatMap(([, names]) => names.split(", "));
  const missing = values.find((value) => !EXPORTS.includes(value));
  if (missing) throw new Error(`parley.js does not give ${missing}`);
  const head = `import { ${[...new Set(values)].join(", ")} } from "./parley.js";\n`;
  return text("The part of Parley's SDK for files, which parley.js loads.", own, head, ["Files"]);
}

/** Those that `entry` needs, itself last, but for those that are elsewhere. */
function modules(entry, elsewhere) {
  const order = [];
  const visit = (name) => {
    if (elsewhere.includes(name) || order.some((module) => module.name === name)) return;
    const text = readFileSync(new URL(`modules/${name}`, folder), "utf8");
    for (const [, imported] of text.matchAll(/^import .* from "\.\/(.*)";$/gm)) visit(imported);
    order.push({ name, text });
  };
  visit(entry);
  return order;
}

function text(title, order, head, exports) {
  const owners = new Map();
  for (const { name, text } of order) {
    for (const [, word] of text.matchAll(/^(?:export )?(?:async )?(?:const|let|class|function) (\w+)/gm)) {
      if (owners.has(word)) throw new Error(`${word} is in both ${owners.get(word)} and ${name}`);
      owners.set(word, name);
    }
  }
  const first = `// ${title} Joined from modules/ by join.mjs: edit there. Types: parley.d.ts\n`;
  return first + head + order.map(({ name, text }) => bare(name, text)).join("") + `export { ${exports.join(", ")} };\n`;
}

function bare(name, text) {
  const lines = text
    .replaceAll(/^\s*\/\*\*(?:.|\n)*?\*\/\n/gm, "")
    .replaceAll(/\/\*\* @\w+ .*? \*\/ ?/g, "")
    .replaceAll(`import("./${PART.entry}")`, `import("./${PART.name}")`)
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s*\/\/|^import .* from "\.\/.*";$|^export \{.*\};$/.test(line))
    .map((line) => line.replace(/^export /, ""));
  const strange = lines.find((line) => /^(import|export)\b|\/\*/.test(line));
  if (strange) throw new Error(`${name}: ${strange}`);
  return lines.join("\n") + "\n";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("parley.js", folder), joined());
  writeFileSync(new URL(PART.name, folder), joinedFiles());
}
