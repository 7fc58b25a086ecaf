// What each event of the contract makes of the state. Events that the page does not know change nothing.

import { moved, withCount } from "./conversations.js";
import { changed, join } from "./timeline.js";
import { withEntry, withoutEntry } from "./maps.js";
import { typed } from "./typing.js";

/**
 * @typedef {import("../types.js").AppState} AppState
 * @typedef {import("../types.js").WireEvent} WireEvent
 * @typedef {import("../types.js").Message} Message
 */

/**
 * @param {AppState} state
 * @param {WireEvent} event
 * @param {number} now
 * @returns {AppState}
 */
export function afterEvent(state, event, now) {
    const { conversation: id } = event;
    switch (event.event) {
        case "message.created":
        case "message.hidden":
            return event.message ? created(state, event.message, now) : state;
        case "message.edited":
            return event.message ? replaced(state, event.message) : state;
        case "message.deleted":
            return id !== undefined && event.seq !== undefined ? deleted(state, id, event.seq) : state;
        case "read":
        case "received":
            return cursor(state, event);
        case "typing": {
            if (id === undefined || event.user === undefined) return state;
            const typing = typed(state.typing, id, event.user, event.active === true, now);
            return typing === state.typing ? state : { ...state, typing };
        }
        case "presence":
            return presence(state, event);
        case "conversation.updated":
            return event.details ? updated(state, event.details) : state;
        case "member.added":
            return added(state, event);
        case "member.removed":
            return removed(state, event);
        case "member.role":
            return role(state, event);
        case "block.added":
        case "block.removed":
            return block(state, event);
        case "tenant.updated":
            return event.limits?.text ? { ...state, textMax: event.limits.text } : state;
        default:
            return state;
    }
}

/**
 * @param {AppState} state
 * @param {Message} message
 * @param {number} now
 * @returns {AppState}
 */
function created(state, message, now) {
    const { conversation: id, seq } = message;
    let next = state;
    const timeline = state.timelines.get(id);
    // What came before the first page was loaded comes with that page.
    if (timeline?.loaded) {
        const messages = join(timeline.messages, [message]);
        next = { ...next, timelines: withEntry(next.timelines, id, { ...timeline, messages }) };
    }
    if (message.sender) {
        const typing = typed(next.typing, id, message.sender, false, now);
        if (typing !== next.typing) next = { ...next, typing };
    }
    const known = state.conversations.get(id);
    if (!known || seq <= known.last_seq) return next;
    const counts = message.sender !== state.me?.id && !message.hidden && !message.deleted && seq > known.read_seq;
    const conversation = {
        ...known,
        last_seq: seq,
        last_message: message,
        unread: known.unread + (counts ? 1 : 0),
    };
    return {
        ...next,
        conversations: withEntry(next.conversations, id, conversation),
        order: moved(next.order, id),
    };
}

/**
 * @param {AppState} state
 * @param {Message} message
 * @returns {AppState}
 */
function replaced(state, message) {
    const { conversation: id, seq } = message;
    let next = state;
    const timeline = state.timelines.get(id);
    if (timeline) {
        const messages = changed(timeline.messages, seq, () => message);
        if (messages !== timeline.messages) {
            next = { ...next, timelines: withEntry(next.timelines, id, { ...timeline, messages }) };
        }
    }
    const known = state.conversations.get(id);
    if (known?.last_message?.seq === seq) {
        next = { ...next, conversations: withEntry(next.conversations, id, { ...known, last_message: message }) };
    }
    return next;
}

/**
 * @param {AppState} state
 * @param {string} id
 * @param {number} seq
 */
function deleted(state, id, seq) {
    const known = state.conversations.get(id)?.last_message;
    const here = state.timelines.get(id)?.messages.find((message) => message.seq === seq);
    const message = here ?? (known?.seq === seq ? known : undefined);
    if (!message) return state;
    const { text: _, ...rest } = message;
    return replaced(state, { ...rest, deleted: true });
}

/**
 * @param {AppState} state
 * @param {WireEvent} event
 * @returns {AppState}
 */
function cursor(state, event) {
    const { conversation: id, user, seq } = event;
    if (id === undefined || user === undefined || seq === undefined) return state;
    const field = event.event === "read" ? "read_seq" : "received_seq";
    let next = state;
    const list = state.members.get(id);
    if (list?.members.some((member) => member.user === user && member[field] < seq)) {
        const members = list.members.map((member) => (member.user === user ? { ...member, [field]: seq } : member));
        next = { ...next, members: withEntry(next.members, id, { ...list, members }) };
    }
    const known = state.conversations.get(id);
    if (known && user === state.me?.id && known[field] < seq) {
        const moved = { ...known, [field]: seq };
        const counted = field === "read_seq" ? withCount(moved, state.timelines.get(id), user) : moved;
        next = { ...next, conversations: withEntry(next.conversations, id, counted) };
    }
    return next;
}

/**
 * @param {AppState} state
 * @param {WireEvent} event
 * @returns {AppState}
 */
function presence(state, event) {
    if (event.user === undefined || event.status === undefined) return state;
    const one = { user: event.user, status: event.status, last_seen: event.last_seen, text: event.text };
    return { ...state, presences: withEntry(state.presences, event.user, one) };
}

/**
 * @param {AppState} state
 * @param {import("../types.js").ConversationDetails} details
 * @returns {AppState}
 */
function updated(state, details) {
    const known = state.conversations.get(details.id);
    if (!known) return state;
    const { last_seq: _, ...changes } = details;
    const { title: _title, picture: _picture, ...kept } = known;
    return { ...state, conversations: withEntry(state.conversations, details.id, { ...kept, ...changes }) };
}

/**
 * @param {AppState} state
 * @param {WireEvent} event
 * @returns {AppState}
 */
function added(state, event) {
    const next = event.details ? updated(state, event.details) : state;
    const id = event.conversation;
    const list = id === undefined ? undefined : next.members.get(id);
    if (id === undefined || !list || !event.users) return next;
    const known = new Set(list.members.map((member) => member.user));
    const mark = next.conversations.get(id)?.last_seq ?? 0;
    /** @type {import("../types.js").Member[]} */
    const fresh = event.users
        .filter((user) => !known.has(user))
        .map((user) => ({
            user,
            role: "member",
            read_seq: mark,
            received_seq: mark,
            joined_at: event.at ?? "",
        }));
    return { ...next, members: withEntry(next.members, id, { ...list, members: [...list.members, ...fresh] }) };
}

/**
 * @param {AppState} state
 * @param {WireEvent} event
 * @returns {AppState}
 */
function removed(state, event) {
    const { conversation: id, users } = event;
    if (id === undefined || !users) return state;
    if (state.me && users.includes(state.me.id)) {
        return {
            ...state,
            conversations: withoutEntry(state.conversations, id),
            order: state.order.filter((other) => other !== id),
            members: withoutEntry(state.members, id),
            typing: withoutEntry(state.typing, id),
            gone: state.gone || state.open === id,
        };
    }
    let next = state;
    for (const user of users) next = { ...next, typing: typed(next.typing, id, user, false, 0) };
    const list = state.members.get(id);
    if (list) {
        const members = list.members.filter((member) => !users.includes(member.user));
        next = { ...next, members: withEntry(next.members, id, { ...list, members }) };
    }
    const known = state.conversations.get(id);
    if (known) {
        const count = Math.max(1, known.member_count - users.length);
        next = { ...next, conversations: withEntry(next.conversations, id, { ...known, member_count: count }) };
    }
    return next;
}

/**
 * @param {AppState} state
 * @param {WireEvent} event
 * @returns {AppState}
 */
function role(state, event) {
    const { conversation: id, user } = event;
    const named = event.role;
    if (id === undefined || user === undefined || named === undefined) return state;
    let next = state;
    const list = state.members.get(id);
    if (list) {
        const members = list.members.map((member) => (member.user === user ? { ...member, role: named } : member));
        next = { ...next, members: withEntry(next.members, id, { ...list, members }) };
    }
    const known = state.conversations.get(id);
    if (known && user === state.me?.id) {
        next = { ...next, conversations: withEntry(next.conversations, id, { ...known, role: named }) };
    }
    return next;
}

/**
 * What a block hides is the server's to say: the timelines are loaded anew.
 *
 * @param {AppState} state
 * @param {WireEvent} event
 * @returns {AppState}
 */
function block(state, event) {
    if (event.user === undefined) return state;
    const blocked = new Set(state.blocked);
    if (event.event === "block.added") blocked.add(event.user);
    else blocked.delete(event.user);
    return { ...state, blocked, timelines: new Map() };
}
