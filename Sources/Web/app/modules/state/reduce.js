// What each input makes of the state. A pure function: the clock comes in with the inputs.

import { afterEvent } from "./events.js";
import { inOrder, merged, moved, withCount } from "./conversations.js";
import { emptyTimeline, join } from "./timeline.js";
import { withAll, withEntry, withoutEntry } from "./maps.js";
import { expire } from "./typing.js";

/**
 * @typedef {import("../types.js").AppState} AppState
 * @typedef {import("../types.js").Input} Input
 */

/** @type {AppState} */
export const initialState = {
    me: null,
    connection: "connecting",
    wasOnline: false,
    failure: null,
    textMax: 10_000,
    people: new Map(),
    presences: new Map(),
    blocked: new Set(),
    conversations: new Map(),
    order: [],
    listLoaded: false,
    listCursor: null,
    timelines: new Map(),
    members: new Map(),
    typing: new Map(),
    outbox: [],
    open: null,
    gone: false,
    drafts: new Map(),
    status: "online",
};

/**
 * @param {AppState} state
 * @param {Input} input
 * @returns {AppState}
 */
export function reduce(state, input) {
    switch (input.type) {
        case "welcomed":
            return {
                ...state,
                me: input.me,
                textMax: input.textMax,
                people: withEntry(state.people, input.me.id, input.me),
            };
        case "connection": {
            const isConnected = input.state === "online" || input.state === "polling";
            return {
                ...state,
                connection: input.state,
                wasOnline: state.wasOnline || isConnected,
                // What was told stays true while it is tried again.
                failure: isConnected ? null : (input.failure ?? state.failure),
            };
        }
        case "event":
            return afterEvent(state, input.event, input.now);
        case "outbox":
            return { ...state, outbox: input.entries };
        case "listed":
            return listed(state, input);
        case "conversation":
            return conversation(state, input.conversation);
        case "opened":
            return opened(state, input.conversation);
        case "closed":
            return state.open === null ? state : { ...state, open: null, gone: false };
        case "loading":
            return withTimeline(state, input.conversation, { loading: true, failed: false });
        case "notLoaded":
            return withTimeline(state, input.conversation, { loading: false, failed: true });
        case "page":
            return page(state, input);
        case "members":
            return members(state, input);
        case "people":
            return { ...state, people: withAll(state.people, input.users, (user) => user.id) };
        case "presences":
            return { ...state, presences: withAll(state.presences, input.presences, (one) => one.user) };
        case "blocks":
            return { ...state, blocked: new Set(input.users) };
        case "seen":
            return seen(state, input.conversation, input.seq);
        case "draft": {
            if ((state.drafts.get(input.conversation) ?? "") === input.text) return state;
            const drafts = input.text
                ? withEntry(state.drafts, input.conversation, input.text)
                : withoutEntry(state.drafts, input.conversation);
            return { ...state, drafts };
        }
        case "drafts":
            return { ...state, drafts: input.drafts };
        case "status":
            return { ...state, status: input.status };
        case "ticked": {
            const typing = expire(state.typing, input.now);
            return typing === state.typing ? state : { ...state, typing };
        }
        case "reset":
            return { ...state, timelines: new Map(), members: new Map(), listLoaded: false, typing: new Map() };
    }
}

/**
 * @param {AppState} state
 * @param {Extract<Input, {type: "listed"}>} input
 */
function listed(state, input) {
    const conversations = input.fresh ? new Map() : new Map(state.conversations);
    /** @type {Map<string, import("../types.js").User>} */
    const people = new Map(state.people);
    for (const one of input.conversations) {
        conversations.set(one.id, merged(state.conversations.get(one.id), one));
        if (one.other) people.set(one.other.id, one.other);
    }
    const ids = input.conversations.map((one) => one.id);
    const known = new Set(ids);
    const order = input.fresh ? ids : [...state.order.filter((id) => !known.has(id)), ...ids];
    return {
        ...state,
        conversations,
        people,
        order: inOrder(order, conversations),
        listLoaded: true,
        listCursor: input.cursor,
    };
}

/**
 * @param {AppState} state
 * @param {import("../types.js").Conversation} one
 */
function conversation(state, one) {
    const conversations = withEntry(state.conversations, one.id, merged(state.conversations.get(one.id), one));
    const people = one.other ? withEntry(state.people, one.other.id, one.other) : state.people;
    const order = state.order.includes(one.id) ? state.order : moved(state.order, one.id);
    const gone = state.open === one.id ? false : state.gone;
    return { ...state, conversations, people, order, gone };
}

/**
 * @param {AppState} state
 * @param {string} id
 */
function opened(state, id) {
    const one = state.conversations.get(id);
    const former = state.timelines.get(id) ?? emptyTimeline;
    const unreadAfter = one && one.unread > 0 ? one.read_seq : null;
    const timelines = withEntry(state.timelines, id, { ...former, unreadAfter });
    return { ...state, open: id, gone: false, timelines };
}

/**
 * @param {AppState} state
 * @param {string} id
 * @param {Partial<import("../types.js").Timeline>} changes
 */
function withTimeline(state, id, changes) {
    const timeline = { ...(state.timelines.get(id) ?? emptyTimeline), ...changes };
    return { ...state, timelines: withEntry(state.timelines, id, timeline) };
}

/**
 * @param {AppState} state
 * @param {Extract<Input, {type: "page"}>} input
 */
function page(state, input) {
    const former = state.timelines.get(input.conversation) ?? emptyTimeline;
    // The newest page of a timeline that is loaded already says nothing about what is older than its first.
    const more = input.newest && former.loaded ? former.more : input.more;
    return withTimeline(state, input.conversation, {
        messages: join(former.messages, input.messages),
        loaded: true,
        loading: false,
        failed: false,
        more,
    });
}

/**
 * @param {AppState} state
 * @param {Extract<Input, {type: "members"}>} input
 */
function members(state, input) {
    const former = input.fresh ? [] : (state.members.get(input.conversation)?.members ?? []);
    const known = new Set(input.members.map((member) => member.user));
    const list = {
        members: [...former.filter((member) => !known.has(member.user)), ...input.members],
        cursor: input.cursor,
    };
    return { ...state, members: withEntry(state.members, input.conversation, list) };
}

/**
 * @param {AppState} state
 * @param {string} id
 * @param {number} seq
 */
function seen(state, id, seq) {
    const one = state.conversations.get(id);
    if (!one || seq <= one.read_seq) return state;
    const next = withCount({ ...one, read_seq: seq }, state.timelines.get(id), state.me?.id);
    return { ...state, conversations: withEntry(state.conversations, id, next) };
}
