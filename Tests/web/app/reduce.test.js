import assert from "node:assert/strict";
import { test } from "node:test";
import { DIRECT, LOBBY, NOON, after, created, direct, event, from, listed, lobby, member, message, messages, page }
    from "./helpers.js";

test("a message puts its conversation on top, is its last one, and counts as unread once", () => {
    const one = message(1);
    const state = after(listed(direct({ created_at: "2026-01-30T13:00:00.000Z" }), lobby()), created(one), created(one));
    assert.deepEqual(state.order, [LOBBY, DIRECT]);
    assert.equal(state.conversations.get(LOBBY).unread, 1);
    assert.equal(state.conversations.get(LOBBY).last_message, one);
});

test("one's own messages, hidden ones and those read elsewhere are not unread", () => {
    const state = after(
        listed(lobby({ read_seq: 3 })),
        created(message(1, { sender: "ana" })),
        event("message.hidden", { message: { id: "m2", conversation: LOBBY, seq: 2, hidden: true } }),
        created(message(3)),
    );
    assert.equal(state.conversations.get(LOBBY).unread, 0);
    assert.equal(state.conversations.get(LOBBY).last_seq, 3);
});

test("a list that was asked for before an event came does not undo the event", () => {
    const state = after(listed(lobby()), created(message(1)), listed(lobby()));
    assert.equal(state.conversations.get(LOBBY).last_seq, 1);
    assert.equal(state.conversations.get(LOBBY).unread, 1);
});

test("pages and events of one moment join without doubles or holes", () => {
    const opened = { type: "opened", conversation: LOBBY };
    const state = after(
        listed(lobby({ last_seq: 60 })), opened, page(messages(11, 60), true), created(message(61)), created(message(61)),
        page(messages(1, 10), false, false),
    );
    const timeline = state.timelines.get(LOBBY);
    assert.deepEqual(timeline.messages.map(({ seq }) => seq), Array.from({ length: 61 }, (_, place) => place + 1));
    assert.equal(timeline.more, false);
});

test("what came before the first page was loaded waits for that page", () => {
    const state = after(listed(lobby()), created(message(5)));
    assert.equal(state.timelines.get(LOBBY), undefined);
});

test("opening remembers where the unread ones begin, and reading them does not move that", () => {
    const state = after(
        listed(lobby({ last_seq: 5, read_seq: 2, unread: 3 })),
        { type: "opened", conversation: LOBBY },
        page(messages(1, 5)),
        { type: "seen", conversation: LOBBY, seq: 4 },
    );
    assert.equal(state.timelines.get(LOBBY).unreadAfter, 2);
    assert.equal(state.conversations.get(LOBBY).unread, 1);
    const back = from(state, { type: "seen", conversation: LOBBY, seq: 3 });
    assert.equal(back, state, "a mark never moves back");
});

test("reading on another device takes the count away here", () => {
    const state = after(
        listed(lobby({ last_seq: 9, unread: 9 })), event("read", { conversation: LOBBY, user: "ana", seq: 9 }),
    );
    assert.equal(state.conversations.get(LOBBY).unread, 0);
});

test("others' marks move forward only", () => {
    const members = { type: "members", conversation: LOBBY, members: [member("ben", { read_seq: 5 })], cursor: null, fresh: true };
    const state = after(
        listed(lobby()), members,
        event("read", { conversation: LOBBY, user: "ben", seq: 7 }),
        event("read", { conversation: LOBBY, user: "ben", seq: 6 }),
        event("received", { conversation: LOBBY, user: "ben", seq: 8 }),
    );
    const [ben] = state.members.get(LOBBY).members;
    assert.deepEqual([ben.read_seq, ben.received_seq], [7, 8]);
});

test("typing shows, and ends with its end, with a message, by itself", () => {
    const typing = event("typing", { conversation: LOBBY, user: "ben", active: true });
    const state = after(listed(lobby()), typing);
    assert.deepEqual([...state.typing.get(LOBBY).keys()], ["ben"]);
    assert.equal(from(state, event("typing", { conversation: LOBBY, user: "ben", active: false })).typing.size, 0);
    assert.equal(from(state, created(message(1))).typing.size, 0);
    assert.equal(from(state, { type: "ticked", now: NOON + 6_000 }).typing.size, 1);
    assert.equal(from(state, { type: "ticked", now: NOON + 7_000 }).typing.size, 0);
});

test("whoever is removed loses the group; the open one says so", () => {
    const removed = event("member.removed", { conversation: LOBBY, by: "ben", users: ["ana"] });
    const state = after(listed(lobby()), { type: "opened", conversation: LOBBY }, removed);
    assert.equal(state.conversations.has(LOBBY), false);
    assert.deepEqual(state.order, []);
    assert.equal(state.gone, true);
    const again = from(state, { type: "conversation", conversation: lobby() });
    assert.equal(again.gone, false, "added again");
    assert.deepEqual(again.order, [LOBBY]);
});

test("members come, change their role and go", () => {
    const members = { type: "members", conversation: LOBBY, members: [member("ben")], cursor: null, fresh: true };
    const { last_message: _, read_seq: _r, received_seq: _c, unread: _u, role: _o, ...details } = lobby({ member_count: 4 });
    const state = after(
        listed(lobby()), members,
        event("member.added", { conversation: LOBBY, by: "ana", users: ["chloe"], details }),
        event("member.role", { conversation: LOBBY, by: "ana", user: "chloe", role: "admin" }),
        event("member.role", { conversation: LOBBY, by: "ana", user: "ana", role: "member" }),
        event("member.removed", { conversation: LOBBY, by: "ana", users: ["ben"] }),
    );
    assert.deepEqual(state.members.get(LOBBY).members.map(({ user, role }) => [user, role]), [["chloe", "admin"]]);
    assert.equal(state.conversations.get(LOBBY).member_count, 3);
    assert.equal(state.conversations.get(LOBBY).role, "member");
});

test("a renamed group keeps the reader's own fields; a title taken away is gone", () => {
    const details = { id: LOBBY, kind: "group", title: "Lunch", created_at: "", member_count: 3, last_seq: 0 };
    const state = after(listed(lobby({ unread: 2, last_seq: 2 })), event("conversation.updated", { conversation: LOBBY, details }));
    assert.equal(state.conversations.get(LOBBY).title, "Lunch");
    assert.equal(state.conversations.get(LOBBY).unread, 2);
    assert.equal(state.conversations.get(LOBBY).last_seq, 2);
    const { title: _, ...untitled } = details;
    const next = from(state, event("conversation.updated", { conversation: LOBBY, details: untitled }));
    assert.equal(next.conversations.get(LOBBY).title, undefined);
});

test("a deleted message loses its text everywhere", () => {
    const state = after(
        listed(lobby({ last_seq: 2, last_message: message(2) })), { type: "opened", conversation: LOBBY }, page(messages(1, 2)),
        event("message.deleted", { conversation: LOBBY, seq: 2, id: "m2", by: "ben", empties: 9 }),
    );
    const kept = state.timelines.get(LOBBY).messages[1];
    assert.equal(kept.deleted, true);
    assert.equal("text" in kept, false);
    assert.equal(state.conversations.get(LOBBY).last_message.deleted, true);
});

test("a block drops what was loaded: what it hides is the server's to say", () => {
    const state = after(
        listed(lobby()), { type: "opened", conversation: LOBBY }, page(messages(1, 2)), event("block.added", { user: "ben" }),
    );
    assert.deepEqual([...state.blocked], ["ben"]);
    assert.equal(state.timelines.size, 0);
    assert.deepEqual([...from(state, event("block.removed", { user: "ben" })).blocked], []);
});

test("events that the page does not know, and broken ones, change nothing", () => {
    const state = after(listed(lobby()));
    for (const name of ["reaction.added", "no.such", "message.created", "read", "typing", "presence", "member.role"]) {
        assert.equal(from(state, event(name, {})), state, name);
    }
});

test("why there is no connection is told until there is one", () => {
    const connection = (state, failure = null) => ({ type: "connection", state, failure });
    const state = after(connection("error", "forbidden"), connection("connecting"));
    assert.equal(state.failure, "forbidden");
    assert.equal(from(state, connection("error", "origin")).failure, "origin");
    assert.equal(from(state, connection("online")).failure, null);
});

test("drafts stay with their conversation and end when they are empty", () => {
    const state = after({ type: "draft", conversation: LOBBY, text: "Hel" });
    assert.equal(state.drafts.get(LOBBY), "Hel");
    assert.equal(from(state, { type: "draft", conversation: LOBBY, text: "" }).drafts.size, 0);
});

test("a second page of conversations goes below the first", () => {
    const older = direct({ created_at: "2025-01-01T00:00:00.000Z" });
    const state = after(
        { ...listed(lobby()), cursor: "c" }, { type: "listed", conversations: [older], cursor: null, fresh: false },
    );
    assert.deepEqual(state.order, [LOBBY, DIRECT]);
    assert.equal(state.listCursor, null);
});

test("presence is what was told last, by reply or by event", () => {
    const presences = { type: "presences", presences: [{ user: "ben", status: "online" }, { user: "chloe", status: "away" }] };
    const last_seen = "2026-01-31T11:00:00.000Z";
    const state = after(presences, event("presence", { user: "ben", status: "offline", last_seen }));
    assert.equal(state.presences.get("ben").status, "offline");
    assert.equal(state.presences.get("ben").last_seen, last_seen);
    assert.equal(state.presences.get("chloe").status, "away");
});
