// What the page is made of: the joined files are those of the modules, the offline shell is whole, the tables match.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { filesStyle, parts, script, style } from "../../../Sources/Web/app/join.mjs";
import { choose, languages, listed, translator } from "../../../Sources/Web/app/modules/i18n.js";
import { tables } from "../../../Sources/Web/app/modules/files/words.js";
import { messages as english } from "../../../Sources/Web/app/messages/en.js";
import { explain, explainConnection, explainMessage } from "../../../Sources/Web/app/modules/explain.js";

const folder = new URL("../../../Sources/Web/app/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), "utf8");
const worker = read("service-worker.js");
const namesIn = (name) => [...worker.split(`const ${name} = [`)[1].split("];")[0].matchAll(/"([^"]*)"/g)].map(([, path]) => path);
const shell = namesIn("SHELL");

test("chat.js and app.css are what the modules and style sheets make (node Sources/Web/app/join.mjs)", () => {
    assert.equal(read("chat.js"), script());
    assert.equal(read("app.css"), style());
    for (const [name, text] of Object.entries(parts())) assert.equal(read(`parts/${name}`), text, name);
    assert.equal(read("parts/files.css"), filesStyle());
});

test("what is loaded after the shell is kept offline too, and is under 25 kB compressed in all", () => {
    const here = readdirSync(new URL("parts/", folder)).map((name) => `/app/parts/${name}`);
    assert.deepEqual(namesIn("PARTS"), [...here, "/sdk/v1/parley-files.js"].sort());
    const files = ["../sdk/parley-files.js", ...here.map((path) => path.slice(5))];
    const total = files.reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0);
    assert.ok(total < 25_000, `${total} bytes`);
});

test("the parts take from chat.js only what it gives", () => {
    const given = /^export \{ (.*) \};$/m.exec(read("chat.js"))[1].split(", ").map((one) => one.split(" as ").pop());
    for (const [name, text] of Object.entries(parts())) {
        const taken = /^import \{ (.*) \} from "\.\.\/chat\.js";$/m.exec(text)[1].split(", ").map((one) => one.split(" as ")[0]);
        assert.deepEqual(taken.filter((one) => !given.includes(one)), [], name);
        for (const [, scope] of text.matchAll(/\}=(\$\d+);/g)) {
            assert.ok(new RegExp(`(as |const )\\${scope}\\b`).test(text), `${name}: ${scope}`);
        }
    }
});

test("the shell that is kept offline is every file that the page loads", () => {
    const here = readdirSync(folder).filter((name) => /\.(css|js|svg|webmanifest)$/.test(name) && name !== "service-worker.js");
    const tables = languages.slice(1).map(({ code }) => `/app/messages/${code}.js`);
    const expected = ["/", ...here.map((name) => `/app/${name}`), ...tables, "/sdk/v1/parley.js"];
    assert.deepEqual(shell, expected.sort());
});

test("the shell is under 62 kB compressed in all", () => {
    const file = (path) => (path === "/" ? "index.html" : path.startsWith("/sdk/") ? "../sdk/parley.js" : path.slice(5));
    const bytes = [...shell.map(file), "service-worker.js"].map((name) => gzipSync(read(name), { level: 9 }).length);
    const total = bytes.reduce((sum, count) => sum + count, 0);
    assert.ok(total < 62_000, `${total} bytes`);
});

test("the page has no inline script or style, and makes no markup out of strings", () => {
    const page = read("index.html");
    assert.doesNotMatch(page, /<style|<script>|\son\w+=|\sstyle=/);
    assert.doesNotMatch([read("chat.js"), ...Object.values(parts())].join("\n"), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/);
});

test("every language has every text, with the same blanks, and nothing more", async () => {
    const blanks = (words) => [...new Set(JSON.stringify(words).match(/\{\w+\}/g) ?? [])].sort();
    const all = await Promise.all(languages.map(async ({ code, load }) => [[await load(), english], [tables[code], tables.en]]));
    for (const [table, first] of all.flat()) {
        assert.deepEqual(Object.keys(table), Object.keys(first));
        for (const [key, words] of Object.entries(table)) {
            assert.equal(typeof words, typeof first[key], key);
            assert.deepEqual(blanks(words), blanks(first[key]), key);
        }
    }
});

test("every text is used somewhere", () => {
    const code = [read("chat.js"), ...Object.values(parts())].join("\n");
    for (const key of [...Object.keys(english), ...Object.keys(tables.en)]) {
        const uses = code.split(new RegExp(`\\b${key}\\b`)).length - 1;
        assert.ok(uses >= 2, `${key} is only defined`);
    }
});

test("the first wanted language that there is is chosen, English otherwise", () => {
    assert.equal(choose(["fr-FR", "de-AT", "en"]).code, "de");
    assert.equal(choose(["xx", null, undefined, ""]).code, "en");
});

test("texts are filled in, and count", () => {
    const t = translator("en", english);
    assert.equal(t("unread", { count: 1 }), "1 unread message");
    assert.equal(t("unread", { count: 1_200 }), "1,200 unread messages");
    assert.equal(t("someoneSaid", { name: "{text}", text: "$& {name}" }), "{text}: $& {name}");
    assert.equal(listed("en", ["Ana", "Ben"]), "Ana and Ben");
});

test("refusals are told in words that say what to do", () => {
    const t = translator("en", english);
    const why = (code, field, text = "x") => explainMessage({ code, field }, t, { text, textMax: 10, name: "Ana" });
    assert.equal(why("bad_request", "text", "x".repeat(223)), "Too long by 213 characters");
    assert.equal(why("bad_request", "text", " "), "There is nothing to send");
    assert.equal(why("blocked"), "Ana can’t receive messages from you");
    assert.equal(why("not_found"), "You are no longer in this conversation");
    for (const code of ["forbidden", "not_found", "rate_limited", "conflict", "unavailable", "internal", "no_such"]) {
        assert.doesNotMatch(explain({ code }, t), /_/);
    }
    assert.match(explainConnection("unauthenticated", t), /sign in/);
    assert.match(explainConnection("forbidden", t), /suspended/);
    assert.match(explainConnection("origin", t), /not on the tenant’s list/);
});
