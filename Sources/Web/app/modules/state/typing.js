// Who is typing where.

import { withEntry, withoutEntry } from "./maps.js";

/** The server ends a mark after 6 s without renewal; this is for where its word for that got lost. */
const TYPING_MS = 7_000;

/** @typedef {import("../types.js").AppState["typing"]} Typing */

/**
 * @param {Typing} typing
 * @param {string} conversation
 * @param {string} user
 * @param {boolean} active
 * @param {number} now
 * @returns {Typing}
 */
export function typed(typing, conversation, user, active, now) {
    const former = typing.get(conversation) ?? new Map();
    if (!active && !former.has(user)) return typing;
    const next = active ? withEntry(former, user, now + TYPING_MS) : withoutEntry(former, user);
    return next.size ? withEntry(typing, conversation, next) : withoutEntry(typing, conversation);
}

/**
 * @param {Typing} typing
 * @param {number} now
 * @returns {Typing} the same where nothing ended
 */
export function expire(typing, now) {
    let next = typing;
    for (const [conversation, users] of typing) {
        for (const [user, until] of users) if (until <= now) next = typed(next, conversation, user, false, now);
    }
    return next;
}
