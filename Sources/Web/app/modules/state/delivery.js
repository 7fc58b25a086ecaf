// How far an own message came: stored, received by all others, read by all others.

/**
 * @typedef {import("../types.js").Member} Member
 * @typedef {import("../types.js").MemberList} MemberList
 * @typedef {Pick<import("../types.js").Message, "seq" | "at">} Sent without `at`: all who are there were there then
 */

/** Above this many members the server does not send everybody's marks to everybody (docs/protocol.md §4). */
export const MARKS_MEMBERS_MAX = 64;

/**
 * The others whose marks say how far a message came; none where not all are known.
 *
 * @param {MemberList | undefined} list
 * @param {string | undefined} me
 * @returns {readonly Member[]}
 */
export function othersOf(list, me) {
    if (!list || list.cursor !== null || list.members.length > MARKS_MEMBERS_MAX) return [];
    return list.members.filter((member) => member.user !== me);
}

/**
 * Received or read by all others who were there when it was sent.
 *
 * @param {Sent} message
 * @param {readonly Member[]} others
 * @returns {"stored" | "received" | "read"}
 */
export function deliveryOf(message, others) {
    const { read, received, pending } = readersOf(others, message, undefined);
    if (pending.length > 0 || read.length + received.length === 0) return "stored";
    return received.length > 0 ? "received" : "read";
}

/**
 * Who has read and who has received a message, for «read by».
 *
 * A newcomer's marks begin at the newest message, so they say nothing of those before: whoever joined later is in none
 * of the lists. Whether he has read them since, or had before he left and came back, can't be known. The contract tells
 * no seq of his joining, only the time, in a form whose order is that of its characters: where the server's clock went
 * back between the two, a reader is missing here until it has caught up, and nothing else is wrong.
 *
 * @param {readonly Member[]} members
 * @param {Sent} message
 * @param {string | undefined} sender
 */
export function readersOf(members, { seq, at }, sender) {
    const others = members.filter((member) => member.user !== sender && (at === undefined || member.joined_at <= at));
    const read = others.filter((member) => member.read_seq >= seq);
    // Whoever has read has received.
    const received = others.filter((member) => member.read_seq < seq && member.received_seq >= seq);
    const pending = others.filter((member) => member.read_seq < seq && member.received_seq < seq);
    return { read, received, pending };
}
