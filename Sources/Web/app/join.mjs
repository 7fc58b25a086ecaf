// Writes chat.js and app.css: the modules in the order of their imports, each in a scope of its own, and the style
// sheets, without comments, so that a page loads a few files instead of fifty. `node join.mjs` after every change there.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const ENTRIES = { "chat.js": "mountChat", "start.js": "startPage" };
const STYLES = ["theme", "frame", "messages", "composer", "dialogs", "start"];
const IMPORT = /^import \{ ([^}]*) \} from "([^"]*)";\n/gm;
const EXPORT = /^export ((?:async )?(?:const|class|function) (\w+))/gm;

/** The text of chat.js, as it must be. */
export function script() {
    /** @type {Map<string, string>} */
    const modules = new Map();
    /** @type {Set<string>} */
    const outside = new Set();
    const visit = (name) => {
        if (modules.has(name)) return;
        const text = readFileSync(join(folder, "modules", name), "utf8");
        const places = [...text.matchAll(IMPORT)].filter(([, , from]) => from.startsWith("."));
        for (const [, , from] of places) visit(join(dirname(name), from));
        if (!modules.has(name)) modules.set(name, scoped(name, text, outside));
    };
    for (const name of Object.keys(ENTRIES)) visit(name);
    const head = [
        "// The chat of Parley's page, Apache-2.0. Joined from modules/ by join.mjs: edit there. Types: chat.d.ts",
        `import { ${[...outside].sort().join(", ")} } from "/sdk/v1/parley.js";`,
    ];
    const tail = Object.entries(ENTRIES).map(([name, value]) => `const { ${value} } = ${scopeOf(name)};`);
    return [...head, ...modules.values(), ...tail, `export { ${Object.values(ENTRIES).join(", ")} };`, ""].join("\n");
}

/** The text of app.css, as it must be. */
export function style() {
    const sheets = STYLES.map((name) => readFileSync(join(folder, "styles", `${name}.css`), "utf8"));
    const text = sheets.join("").replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\n\s+/g, "\n")
        .replaceAll(/^([\w-]+): /gm, "$1:").replaceAll(" {\n", "{");
    return `/* Joined from styles/ by join.mjs: edit there. */\n${text.trim()}\n`;
}

/** @type {string[]} */
const known = [];

/** A short name for a module's scope: its number in the order of their first mention. */
function scopeOf(name) {
    if (!known.includes(name)) known.push(name);
    return `$${known.indexOf(name)}`;
}

/** Private names are seen by nobody else: short ones will do. */
function withShortNames(code) {
    const names = [...new Set([...code.matchAll(/this\.#(\w+)/g)].map(([, name]) => name))];
    return code.replaceAll(/#(\w+)\b/g, (all, name) => {
        const place = names.indexOf(name);
        return place < 0 ? all : `#${place < 26 ? String.fromCharCode(97 + place) : `z${place}`}`;
    });
}

function scoped(name, text, outside) {
    const exported = [...text.matchAll(EXPORT)].map(([, , value]) => value);
    const code = text
        .replaceAll(IMPORT, (_, values, from) => {
            if (from.startsWith(".")) {
                const renamed = values.replaceAll(" as ", ": ");
                return `const { ${renamed} } = ${scopeOf(join(dirname(name), from))};\n`;
            }
            for (const value of values.split(", ")) outside.add(value);
            return "";
        })
        .replaceAll('import("../', 'import("./')
        .replaceAll(EXPORT, "$1")
        .replaceAll(/^[ \t]*\/\*\*(?:(?!\*\/)[^])*\*\/[ \t]*\n/gm, "")
        .replaceAll(/\/\*\* @\w+ .*?\*\/ ?/g, "")
        .split("\n")
        .filter((line) => line.trim() !== "" && !/^\s*\/\//.test(line))
        // Multi-line texts would lose their indentation too: there are none.
        .map((line) => line.trim());
    const strange = code.find((line) => /^(import|export)\b|\/\*/.test(line));
    if (strange) throw new Error(`${name}: ${strange}`);
    // A line that can't be a whole statement, or surely is one, goes on with the next.
    // No text for people has these operators between spaces.
    const dense = withShortNames(code.join("\n")).replaceAll(/([;,{(])\n/g, "$1")
        .replaceAll(/ (=|=>|===|!==|&&|\|\|) /g, "$1");
    return `const ${scopeOf(name)} = (() => {\n${dense}\nreturn { ${exported.join(", ")} };\n})();`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    for (const [name, text] of [["chat.js", script()], ["app.css", style()]]) {
        const path = join(folder, name);
        writeFileSync(path, text);
        console.log(`${relative(process.cwd(), path)}: ${text.length} characters`);
    }
}
