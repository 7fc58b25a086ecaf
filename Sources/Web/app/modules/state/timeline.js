// The loaded messages of a conversation, in ascending seq.

/**
 * @typedef {import("../types.js").Message} Message
 * @typedef {import("../types.js").Timeline} Timeline
 */

/** @type {Timeline} */
export const emptyTimeline = {
    messages: [],
    loaded: false,
    loading: false,
    failed: false,
    more: false,
    unreadAfter: null,
};

/**
 * Both runs as one, without doubles; where both have a message, the latter's counts.
 *
 * @param {readonly Message[]} known
 * @param {readonly Message[]} told in ascending seq
 * @returns {readonly Message[]}
 */
export function join(known, told) {
    const first = told[0];
    const last = told[told.length - 1];
    if (!first || !last) return known;
    if ((known[known.length - 1]?.seq ?? 0) < first.seq) return known.concat(told);
    const before = known.slice(0, placeOf(known, first.seq));
    const after = known.slice(placeOf(known, last.seq + 1));
    const between = known.slice(before.length, known.length - after.length);
    if (between.length === 0) return [...before, ...told, ...after];
    const bySeq = new Map(between.map((message) => [message.seq, message]));
    for (const message of told) bySeq.set(message.seq, message);
    return [...before, ...[...bySeq.values()].sort((a, b) => a.seq - b.seq), ...after];
}

/**
 * @param {readonly Message[]} messages
 * @param {number} seq
 * @returns {number} the place of the first message whose seq is not below it
 */
export function placeOf(messages, seq) {
    let low = 0;
    let high = messages.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (/** @type {Message} */ (messages[middle]).seq < seq) low = middle + 1;
        else high = middle;
    }
    return low;
}

/**
 * @param {readonly Message[]} messages
 * @param {number} seq
 * @param {(message: Message) => Message} change
 * @returns {readonly Message[]} the same where there is no such message
 */
export function changed(messages, seq, change) {
    const place = placeOf(messages, seq);
    const message = messages[place];
    if (!message || message.seq !== seq) return messages;
    const next = [...messages];
    next[place] = change(message);
    return next;
}
