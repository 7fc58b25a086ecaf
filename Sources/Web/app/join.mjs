// Writes chat.js, app.css and parts/: the modules in the order of their imports, each in a scope of its own, and the style
// sheets, without comments, so that a page loads a few files instead of fifty. `node join.mjs` after every change there.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const ENTRIES = { "chat.js": "mountChat", "start.js": "startPage" };
/** Files that are loaded when they are wanted, and the modules that others import for them. */
const PARTS = {
    "dialogs.js": { entry: "views/dialogs.js", value: "dialogs", title: "The dialogs" },
    "files.js": { entry: "files/part.js", value: "files", title: "Files and voice" },
};
const STYLES = ["theme", "frame", "messages", "composer", "dialogs", "start"];
const IMPORT = /^import \{ ([^}]*) \} from "([^"]*)";\n/gm;
const EXPORT = /^export ((?:async )?(?:const|class|function) (\w+))/gm;

/** The text of chat.js, as it must be. */
export function script() {
    const outside = new Set();
    const modules = joined(Object.keys(ENTRIES), new Map(), outside);
    const head = [
        "// The chat of Parley's page, Apache-2.0. Joined from modules/ by join.mjs: edit there. Types: chat.d.ts",
        `import { ${[...outside].sort().join(", ")} } from "/sdk/v1/parley.js";`,
    ];
    const tail = Object.entries(ENTRIES).map(([name, value]) => `const { ${value} } = ${scopeOf(name)};`);
    const shared = [...modules.keys()].filter((name) => lent(modules).has(name)).map((name) => `${scopeOf(name)} as ${lentName(name)}`);
    return [...head, ...modules.values(), ...tail, `export { ${[...Object.values(ENTRIES), ...shared].join(", ")} };`, ""].join("\n");
}

/**
 * The texts of the files in parts/, as they must be, by name. What chat.js has already, they take from there.
 *
 * @returns {Record<string, string>}
 */
export function parts() {
    script();
    const main = joined(Object.keys(ENTRIES), new Map(), new Set());
    return Object.fromEntries(Object.entries(PARTS).map(([name, { entry, value, title }]) => {
        const outside = new Set();
        const modules = joined([entry], main, outside);
        const text = [...modules.values()].join("\n");
        const taken = [...main.keys()].filter((one) => text.includes(`}=${scopeOf(one)};`));
        const head = [
            `// ${title} of Parley's page. Joined from modules/ by join.mjs: edit there.`,
            ...(taken.length > 0 ? [`import { ${taken.map((one) => `${lentName(one)} as ${scopeOf(one)}`).join(", ")} } from "../chat.js";`] : []),
            ...(outside.size > 0 ? [`import { ${[...outside].sort().join(", ")} } from "/sdk/v1/parley.js";`] : []),
        ];
        return [name, [...head, text, `const { ${value} } = ${scopeOf(entry)};`, `export { ${value} };`, ""].join("\n")];
    }));
}

/** Which of these modules the parts need. */
function lent(main) {
    const text = Object.values(PARTS).flatMap(({ entry }) => [...joined([entry], main, new Set()).values()]).join("\n");
    return new Set([...main.keys()].filter((name) => text.includes(`}=${scopeOf(name)};`)));
}

/** `views/people.js` as a name that another version of chat.js has too. */
const lentName = (name) => name.replace(/\.js$/, "").replaceAll(/\W/g, "_");

/**
 * @param {readonly string[]} entries
 * @param {ReadonlyMap<string, string>} elsewhere modules that another file has
 * @param {Set<string>} outside where what comes from the SDK is noted
 * @returns {Map<string, string>}
 */
function joined(entries, elsewhere, outside) {
    /** @type {Map<string, string>} */
    const modules = new Map();
    const visit = (name) => {
        if (modules.has(name) || elsewhere.has(name)) return;
        const text = readFileSync(join(folder, "modules", name), "utf8");
        const places = [...text.matchAll(IMPORT)].filter(([, , from]) => from.startsWith("."));
        for (const [, , from] of places) visit(join(dirname(name), from));
        if (!modules.has(name)) modules.set(name, scoped(name, text, outside));
    };
    for (const name of entries) visit(name);
    return modules;
}

/** The text of app.css, as it must be. */
export function style() {
    return sheet(STYLES);
}

/** The text of parts/files.css, as it must be. */
export function filesStyle() {
    return sheet(["files", "voice"]);
}

/** @param {readonly string[]} names */
function sheet(names) {
    const sheets = names.map((name) => readFileSync(join(folder, "styles", `${name}.css`), "utf8"));
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
        .replaceAll(/import\("(\..*?)"\)/g, (_, from) => {
            const target = join(dirname(name), from);
            const part = Object.keys(PARTS).find((one) => PARTS[one].entry === target);
            return `import("./${part ? `parts/${part}` : join("modules", target)}")`;
        })
        .replaceAll(EXPORT, "$1")
        .replaceAll(/^[ \t]*\/\*\*(?:(?!\*\/)[^])*\*\/[ \t]*\n/gm, "")
        .replaceAll(/\/\*\* @\w+ .*?\*\/ ?/g, "")
        .split("\n")
        .filter((line) => line.trim() !== "" && !/^\s*\/\//.test(line))
        // Multi-line texts would lose their indentation too: there are none.
        .map((line) => line.trim());
    const strange = code.find((line) => /^(import\b(?!\()|export\b)|\/\*/.test(line));
    if (strange) throw new Error(`${name}: ${strange}`);
    // A line that can't be a whole statement, or surely is one, goes on with the next.
    // No text for people has these operators between spaces.
    const dense = withShortNames(code.join("\n")).replaceAll(/([;,{(])\n/g, "$1")
        .replaceAll(/ (=|=>|===|!==|&&|\|\|) /g, "$1");
    return `const ${scopeOf(name)} = (() => {\n${dense}\nreturn { ${exported.join(", ")} };\n})();`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const files = { "chat.js": script(), "app.css": style(), "parts/files.css": filesStyle() };
    for (const [name, text] of Object.entries(parts())) files[`parts/${name}`] = text;
    mkdirSync(join(folder, "parts"), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
        const path = join(folder, name);
        writeFileSync(path, text);
        console.log(`${relative(process.cwd(), path)}: ${text.length} characters`);
    }
}
