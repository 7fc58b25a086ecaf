// The list of conversations: what is known of each, which is on top, how much is unread.

/**
 * @typedef {import("../types.js").Conversation} Conversation
 * @typedef {import("../types.js").Timeline} Timeline
 */

/**
 * What a reply says of a conversation, joined with what events said since the reply was made: replies and events
 * arrive in either order, and what carries the higher seq is newer.
 *
 * @param {Conversation | undefined} known
 * @param {Conversation} told
 * @returns {Conversation}
 */
export function merged(known, told) {
    if (!known) return told;
    const isNewer = known.last_seq > told.last_seq;
    const readSeq = Math.max(known.read_seq, told.read_seq);
    const latest = isNewer ? known : told;
    return {
        ...told,
        last_seq: latest.last_seq,
        last_message: latest.last_message,
        read_seq: readSeq,
        received_seq: Math.max(known.received_seq, told.received_seq),
        unread: readSeq > told.read_seq || isNewer ? known.unread : told.unread,
    };
}

/**
 * How many are unread: counted where the messages are here; else as many as the seqs after the mark.
 *
 * @param {Conversation} conversation
 * @param {Timeline | undefined} timeline
 * @param {string | undefined} me
 * @returns {Conversation}
 */
export function withCount(conversation, timeline, me) {
    const { read_seq: mark, last_seq: last } = conversation;
    if (mark >= last) return { ...conversation, unread: 0 };
    const first = timeline?.messages[0];
    if (!timeline || !first || first.seq > mark + 1) {
        return { ...conversation, unread: Math.min(conversation.unread, last - mark) };
    }
    let unread = 0;
    for (let place = timeline.messages.length - 1; place >= 0; place -= 1) {
        const message = timeline.messages[place];
        if (!message || message.seq <= mark) break;
        if (message.sender !== me && !message.hidden && !message.deleted) unread += 1;
    }
    return { ...conversation, unread };
}

/**
 * @param {readonly string[]} order
 * @param {string} id
 * @returns {readonly string[]} with that one on top
 */
export function moved(order, id) {
    return order[0] === id ? order : [id, ...order.filter((other) => other !== id)];
}

/**
 * Newest activity first; those of one moment keep the server's order.
 *
 * @param {readonly string[]} ids
 * @param {ReadonlyMap<string, Conversation>} conversations
 * @returns {readonly string[]}
 */
export function inOrder(ids, conversations) {
    /** @param {string} id */
    const activity = (id) => {
        const one = conversations.get(id);
        return one?.last_message?.at ?? one?.created_at ?? "";
    };
    return [...ids].sort((a, b) => (activity(a) < activity(b) ? 1 : activity(a) > activity(b) ? -1 : 0));
}

/**
 * @param {Conversation} conversation
 * @param {ReadonlyMap<string, import("../types.js").User>} people
 * @returns {string | null} null: a group that nobody named
 */
export function titleOf(conversation, people) {
    if (conversation.kind === "group") return conversation.title || null;
    const other = conversation.other;
    return other ? (people.get(other.id)?.name ?? other.name) : null;
}
