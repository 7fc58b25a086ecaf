// A person's state as it is after a first connection, and messages made in one line.

import { initialState, reduce } from "../../../Sources/Web/app/modules/state/reduce.js";

export const LOBBY = "019a0000-0000-7000-8000-000000000001";
export const DIRECT = "019a0000-0000-7000-8000-000000000002";
export const NOON = Date.parse("2026-01-31T12:00:00.000Z");

export const message = (seq, fields = {}) => ({
    id: `m${seq}`,
    conversation: LOBBY,
    seq,
    sender: "ben",
    at: new Date(NOON + seq * 1_000).toISOString(),
    text: `Message ${seq}`,
    ...fields,
});

export const messages = (from, to, fields = {}) =>
    Array.from({ length: to - from + 1 }, (_, place) => message(from + place, fields));

export const lobby = (fields = {}) => ({
    id: LOBBY,
    kind: "group",
    title: "Lobby",
    created_at: "2026-01-30T12:00:00.000Z",
    member_count: 3,
    last_seq: 0,
    history: "all",
    expires_after_s: 0,
    role: "owner",
    read_seq: 0,
    received_seq: 0,
    unread: 0,
    ...fields,
});

export const direct = (fields = {}) => lobby({
    id: DIRECT,
    kind: "direct",
    title: undefined,
    member_count: 2,
    other: { id: "ben", name: "Ben" },
    ...fields,
});

export const member = (user, fields = {}) => ({
    user,
    role: "member",
    read_seq: 0,
    received_seq: 0,
    joined_at: "2026-01-30T12:00:00.000Z",
    ...fields,
});

/** What all of these inputs make of Ana's state. */
export function after(...inputs) {
    return from(reduce(initialState, { type: "welcomed", me: { id: "ana", name: "Ana" }, textMax: 10_000 }), ...inputs);
}

export function from(state, ...inputs) {
    return inputs.reduce(reduce, state);
}

export const listed = (...conversations) => ({ type: "listed", conversations, cursor: null, fresh: true });
export const event = (name, fields, now = NOON) => ({ type: "event", event: { event: name, ...fields }, now });
export const created = (one) => event("message.created", { conversation: one.conversation, seq: one.seq, message: one });
export const page = (list, more = false, newest = true) =>
    ({ type: "page", conversation: LOBBY, messages: list, more, newest });
