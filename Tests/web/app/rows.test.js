import assert from "node:assert/strict";
import { test } from "node:test";
import { Heights } from "../../../Sources/Web/app/modules/state/heights.js";
import { RowBuilder } from "../../../Sources/Web/app/modules/state/rows.js";
import { deliveryOf, othersOf, readersOf } from "../../../Sources/Web/app/modules/state/delivery.js";
import { LOBBY, NOON, member, message, messages } from "./helpers.js";

const timeline = (list, fields = {}) =>
    ({ messages: list, loaded: true, loading: false, failed: false, more: false, unreadAfter: null, ...fields });
const entry = (id, fields = {}) => ({ id, conversation: LOBBY, text: id, at: NOON, state: "sending", ...fields });
const kinds = (rows) => rows.map((row) => (row.kind === "message" ? row.key : row.kind));

test("messages of one sender are one group until five minutes or somebody else come between", () => {
    const at = (seconds) => new Date(NOON + seconds * 1_000).toISOString();
    const list = [
        message(1, { at: at(0) }), message(2, { at: at(300) }), message(3, { at: at(601) }),
        message(4, { at: at(602), sender: "chloe" }), message(5, { at: at(603) }),
    ];
    const rows = new RowBuilder().build(timeline(list), [], "ana").filter((row) => row.kind === "message");
    assert.deepEqual(rows.map(({ first }) => first), [true, false, true, true, true]);
    assert.deepEqual(rows.map(({ last }) => last), [false, true, true, true, true]);
});

test("days and what is new have a line of their own, once", () => {
    const list = [message(1), message(2, { at: new Date(NOON + 3 * 86_400_000).toISOString() }), message(3, { sender: "ana" })];
    list[2].at = list[1].at;
    const rows = new RowBuilder().build(timeline(list, { unreadAfter: 1 }), [], "ana");
    assert.deepEqual(kinds(rows), ["start", "day", "m1", "day", "unread", "m2", "m3"]);
});

test("what is new has no line where its beginning is not loaded yet", () => {
    const builder = new RowBuilder();
    const rows = builder.build(timeline(messages(51, 60), { more: true, unreadAfter: 10 }), [], "ana");
    assert.equal(kinds(rows).includes("unread"), false);
    const all = builder.build(timeline(messages(1, 60), { unreadAfter: 10 }), [], "ana");
    assert.equal(kinds(all).indexOf("unread") + 1, kinds(all).indexOf("m11"));
});

test("a message at the end leaves all rows before as they are", () => {
    const builder = new RowBuilder();
    const list = messages(1, 1_000);
    const before = builder.build(timeline(list), [], "ana");
    const after = builder.build(timeline([...list, message(1_001)]), [], "ana");
    assert.equal(after.length, before.length + 1);
    const same = after.filter((row, place) => row === before[place]).length;
    assert.equal(same, before.length - 1, "only the last one of the group is made anew");
});

test("older messages above keep the heights that were measured", () => {
    const builder = new RowBuilder();
    const rows = builder.build(timeline(messages(51, 100), { more: true }), [], "ana");
    for (const row of rows) {
        row.height = 77;
        row.measured = true;
    }
    const more = builder.build(timeline(messages(1, 100)), [], "ana");
    assert.equal(more.find((row) => row.key === "m100").height, 77);
    assert.equal(more.find((row) => row.key === "m1").measured, false);
});

test("rows built step by step are those built at once", () => {
    const builder = new RowBuilder();
    let list = messages(1, 5);
    for (let seq = 6; seq < 60; seq += 1) {
        list = [...list, message(seq, { sender: seq % 7 < 3 ? "ben" : "chloe", at: new Date(NOON + seq * 200_000).toISOString() })];
        const entries = seq % 2 ? [entry(`e${seq}`)] : [];
        const stepwise = builder.build(timeline(list, { unreadAfter: 20 }), entries, "ana");
        const whole = new RowBuilder().build(timeline(list, { unreadAfter: 20 }), entries, "ana");
        assert.deepEqual(stepwise, whole, `at ${seq}`);
    }
});

test("an unsent message is last, and is one row with the message that it becomes", () => {
    const builder = new RowBuilder();
    const rows = builder.build(timeline(messages(1, 2)), [entry("x")], "ana");
    assert.deepEqual(kinds(rows), ["start", "day", "m1", "m2", "x"]);
    assert.equal(rows.at(-1).entry.state, "sending");
    const stored = message(3, { id: "x", sender: "ana" });
    const next = builder.build(timeline([...messages(1, 2), stored]), [entry("x", { state: "sent" })], "ana");
    assert.deepEqual(kinds(next), ["start", "day", "m1", "m2", "x"]);
    assert.equal(next.at(-1).entry, null);
});

test("heights: what is where, after changes anywhere", () => {
    const heights = new Heights();
    const rows = Array.from({ length: 1_000 }, (_, place) => ({ key: String(place), height: 10 + (place % 3) }));
    heights.setRows([...rows]);
    const check = () => {
        let top = 0;
        for (const [place, row] of rows.entries()) {
            assert.equal(heights.top(place), top);
            assert.equal(heights.at(top), place);
            assert.equal(heights.at(top + row.height - 0.5), place);
            top += row.height;
        }
        assert.equal(heights.total, top);
    };
    check();
    for (const place of [999, 0, 500]) {
        rows[place].height = 99;
        heights.changed(place);
        check();
    }
    assert.equal(heights.placeOf("500"), 500);
    assert.equal(heights.placeOf("none"), -1);
    for (const change of [() => rows.push({ key: "late", height: 7 }), () => rows.unshift({ key: "early", height: 9 }), () => rows.splice(400, 200)]) {
        change();
        heights.setRows([...rows]);
        check();
        for (const [place, row] of rows.entries()) assert.equal(heights.placeOf(row.key), place);
        assert.equal(heights.placeOf("450"), rows.length > 1_000 ? heights.placeOf("449") + 1 : -1);
    }
    assert.deepEqual(heights.range(-50, 5), { first: 0, end: 1 });
});

test("an empty list has no rows and no height", () => {
    const heights = new Heights();
    heights.setRows([]);
    assert.equal(heights.total, 0);
    assert.deepEqual(heights.range(0, 500), { first: 0, end: 0 });
});

test("read by all others is the slowest one's mark; who has read has received", () => {
    const members = [member("ana", { read_seq: 9 }), member("ben", { read_seq: 5 }), member("chloe", { read_seq: 3, received_seq: 7 })];
    const others = othersOf({ members, cursor: null }, "ana");
    const states = [3, 4, 5, 6].map((seq) => deliveryOf(message(seq), others));
    assert.deepEqual(states, ["read", "received", "received", "stored"]);
    const names = (list) => list.map(({ user }) => user);
    const { read, received, pending } = readersOf(members, message(5), "ana");
    assert.deepEqual([names(read), names(received), names(pending)], [["ben"], ["chloe"], []]);
});

test("who joined after a message was sent is not among its readers, and does not make it read by all", () => {
    const late = member("dev", { read_seq: 6, received_seq: 6, joined_at: message(6).at });
    const members = [member("ana"), member("ben", { received_seq: 6 }), late];
    const readers = (seq) => readersOf(members, message(seq), "ana").read.map(({ user }) => user);
    assert.deepEqual(readers(5), []);
    assert.deepEqual(readers(6), ["dev"]);
    assert.deepEqual([5, 6, 7].map((seq) => deliveryOf(message(seq), othersOf({ members, cursor: null }, "ana"))), ["received", "received", "stored"]);
    assert.equal(deliveryOf(message(5), [late]), "stored", "nobody else was there");
    assert.equal(deliveryOf({ seq: 5 }, [late]), "read", "the two of a direct conversation always were");
});

test("where not all members' marks are known, and where one is alone, a message is just stored", () => {
    const state = (list) => deliveryOf(message(5), othersOf(list, "ana"));
    const ben = member("ben", { read_seq: 5 });
    assert.equal(state({ members: [ben], cursor: null }), "read");
    assert.equal(state(undefined), "stored");
    assert.equal(state({ members: [ben], cursor: "more" }), "stored");
    assert.equal(state({ members: [member("ana", { read_seq: 5 })], cursor: null }), "stored");
});
