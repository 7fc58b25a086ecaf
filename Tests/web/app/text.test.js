import assert from "node:assert/strict";
import { test } from "node:test";
import { hueOf, initials, isEmojiOnly, lengthOf, pieces, trimmed } from "../../../Sources/Web/app/modules/text.js";

const links = (text) => pieces(text).filter(({ href }) => href !== null).map((piece) => piece.text);

test("links to the web are found, without what ends the sentence around them", () => {
    for (const [text, expected] of [
        ["See https://example.org.", ["https://example.org"]],
        ["(https://example.org/a_(b))", ["https://example.org/a_(b)"]],
        ["https://example.org/?a=1&b=2#c, and http://x.test!", ["https://example.org/?a=1&b=2#c", "http://x.test"]],
        ["HTTPS://EXAMPLE.ORG", ["HTTPS://EXAMPLE.ORG"]],
        ["“https://example.org”", ["https://example.org"]],
        ["https://müller.example/straße", ["https://müller.example/straße"]],
    ]) {
        assert.deepEqual(links(text), expected, text);
    }
});

test("nothing else is a link", () => {
    for (const text of [
        "javascript:alert(1)", "data:text/html,x", "https://", "http://user:pass@bank.example/", "https://bank.example@evil.test",
        "ftp://x.test", "xhttps://x.test", "https:// example.org", "//x.test", "mailto:a@b.c", "https://[",
    ]) {
        assert.deepEqual(links(text), [], text);
    }
});

test("a link ends before what turns the writing direction", () => {
    assert.deepEqual(links("https://a.test/\u202Egpj.exe"), ["https://a.test/"]);
});

test("the pieces of a text are the text", () => {
    for (const text of ["", "a https://x.test b https://y.test.", "<b>https://x.test</b>", "\u202Ehttps://x.test\u202C"]) {
        assert.equal(pieces(text).map((piece) => piece.text).join(""), text);
    }
});

test("up to three emoji alone are shown large", () => {
    for (const text of ["👍", "👍 🎉 ❤️", "👩‍👩‍👧‍👦", "🇩🇪", "👋🏽", "1️⃣"]) assert.equal(isEmojiOnly(text), true, text);
    for (const text of ["", " ", "a", "👍a", "👍👍👍👍", "12", "#", "❤", "👍".repeat(500)]) assert.equal(isEmojiOnly(text), false, text);
});

test("length is counted as the contract counts", () => {
    assert.equal(lengthOf("  👍🏽 é  "), 4);
    assert.equal(trimmed("\u0085\u3000\u00a0x\ufeff\u2029"), "x\ufeff");
    assert.equal(lengthOf("\ud83d\udc4d"), 1);
});

test("a face has up to two letters, and the same hue each time", () => {
    assert.equal(initials("Ana Sørensen"), "AS");
    assert.equal(initials("ana"), "A");
    assert.equal(initials("Åsa Maria von Öst"), "ÅÖ");
    assert.equal(initials("💥 ✨"), "?");
    assert.equal(initials(""), "?");
    assert.equal(hueOf("ana"), hueOf("ana"));
    for (const id of ["a", "ben", "x".repeat(64)]) assert.ok(hueOf(id) >= 0 && hueOf(id) < 360);
});
