// What the page makes of files, without a page: kinds, sizes, words, waves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { explainRefusal, kindOf, shownSize, sizeText, timeText } from "../../../Sources/Web/app/modules/files/kinds.js";
import { levelOf, peaksOf } from "../../../Sources/Web/app/modules/files/wave.js";
import { wordsOf } from "../../../Sources/Web/app/modules/files/words.js";
import { messages as english } from "../../../Sources/Web/app/messages/en.js";
import { translator } from "../../../Sources/Web/app/modules/i18n.js";
import { summary } from "../../../Sources/Web/app/modules/text.js";

const words = wordsOf({ root: { lang: "en" } });
const t = translator("en", english);

test("a file's kind follows from the type that the server found, then from its ending", () => {
    const kind = (type, name = "x") => kindOf({ type, name });
    assert.deepEqual(
        [kind("image/webp"), kind("application/pdf"), kind("audio/ogg"), kind("video/webm"), kind("text/plain", "a.TXT")],
        ["image", "pdf", "audio", "video", "text"],
    );
    assert.deepEqual([kind("application/zip", "a.docx"), kind("application/zip", "a.zip"), kind("", "photo.jpg")], ["text", "archive", "other"]);
    // It could hold a script: never shown as a picture.
    assert.equal(kind("image/svg+xml", "a.svg"), "other");
});

test("sizes are told in thousands, with one digit more where it says something", () => {
    const size = (bytes) => sizeText(bytes, "en");
    assert.deepEqual([size(0), size(1), size(812), size(999)], ["0 bytes", "1 byte", "812 bytes", "999 bytes"]);
    assert.deepEqual([size(1_500), size(34_567), size(999_600), size(52_428_800)], ["1.5 kB", "35 kB", "1 MB", "52 MB"]);
    assert.match(sizeText(1_500, "de"), /^1,5.kB$/);
});

test("a picture is shown wholly, as it is at most, and never too small to hit", () => {
    assert.deepEqual(shownSize({ width: 4_000, height: 3_000 }), { width: 320, height: 240 });
    assert.deepEqual(shownSize({ width: 3_000, height: 4_000 }), { width: 240, height: 320 });
    assert.deepEqual(shownSize({ width: 100, height: 60 }), { width: 100, height: 60 });
    assert.deepEqual(shownSize({ width: 10_000, height: 10 }), { width: 320, height: 48 });
    for (const unknown of [{}, { width: 0, height: 9 }, { width: NaN, height: 1 }]) assert.deepEqual(shownSize(unknown), { width: 240, height: 180 });
});

test("times are minutes and seconds, whatever a recording says of itself", () => {
    assert.deepEqual([0, 7.4, 59.6, 299, Infinity, NaN, -1].map(timeText), ["0:00", "0:07", "1:00", "4:59", "0:00", "0:00", "0:00"]);
});

test("every refusal of a file is told in words with its name, never a code", () => {
    const why = (error) => explainRefusal(error, "a.docm", "50 MB", words);
    const reasons = ["empty", "extension_denied", "extension_unknown", "content_mismatch", "archive_executable", "archive_path", "archive_bomb",
        "archive_nested", "archive_encrypted", "macro", "image_too_large", "text_encoding", "infected", "malformed", "inspector_failed", "from_the_future", undefined];
    for (const reason of reasons) assert.match(why({ code: "unsupported_media", reason }), /^[^_]+$/);
    assert.equal(why({ code: "too_large", field: "size" }), "a.docm is larger than 50 MB");
    assert.equal(explainRefusal({ code: "too_large" }, "a.zip", "", words), "a.zip is too large");
    assert.match(why({ code: "too_large", field: "storage" }), /no room/);
    assert.match(why({ code: "bad_request", field: "file" }), /Choose it again/);
    assert.match(why({ code: "not_found", field: "attachments" }), /no longer there/);
    for (const error of [undefined, { code: "blocked" }, { code: "not_found" }, { code: "too_large", field: "text" }, { code: "bad_request", field: "text" }]) {
        assert.equal(why(error), undefined);
    }
});

test("a message in one line says what it carries", () => {
    const files = ["a.jpg", "b.jpg", "c.jpg"].map((name) => ({ name }));
    assert.equal(summary({ text: "See\nthis", attachments: files }, t), "See this");
    assert.equal(summary({ text: "", attachments: files.slice(0, 1) }, t), "a.jpg");
    assert.equal(summary({ text: "", attachments: files.slice(0, 2) }, t), "a.jpg and 1 more file");
    assert.equal(summary({ text: "", attachments: files }, t), "a.jpg and 2 more files");
    assert.equal(summary({ text: "", attachments: files.slice(0, 1), voice: true }, t), "Voice message");
    assert.equal(summary({}, t), "");
});

test("a wave shows where it is loud; silence and nothing are flat", () => {
    const samples = Float32Array.from({ length: 400 }, (_, place) => (place < 100 ? 0 : place < 200 ? -0.25 : 0.5));
    assert.deepEqual(peaksOf(samples, 4), [0, 0.5, 1, 1]);
    assert.deepEqual(peaksOf(new Float32Array(400), 4), [0, 0, 0, 0]);
    assert.deepEqual(peaksOf(new Float32Array(0), 4), [0, 0, 0, 0]);
    assert.deepEqual([levelOf(new Float32Array(8)), levelOf(new Float32Array(0)), levelOf(new Float32Array(8).fill(1))], [0, 0, 1]);
    const quiet = levelOf(new Float32Array(8).fill(0.01));
    assert.ok(quiet > 0.3 && quiet < 0.4, String(quiet));
});
