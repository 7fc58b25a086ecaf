// How far an own message came: stored, received by all others, read by all others.

/**
 * @typedef {import("../types.js").Member} Member
 * @typedef {import("../types.js").MemberList} MemberList
 */

/** Above this many members the server does not send everybody's marks to everybody (docs/protocol.md §4). */
export const MARKS_MEMBERS_MAX = 64;

/** Up to which seq all others have read and received; zeros where that is not known. */
export const unknownMarks = Object.freeze({ read: 0, received: 0 });

/**
 * @param {MemberList | undefined} list
 * @param {string | undefined} me
 * @returns {{ read: number, received: number }}
 */
export function marksOf(list, me) {
    if (!list || list.cursor !== null || list.members.length > MARKS_MEMBERS_MAX) return unknownMarks;
    const others = list.members.filter((member) => member.user !== me);
    if (others.length === 0) return unknownMarks;
    const read = Math.min(...others.map((member) => member.read_seq));
    // Whoever has read has received.
    const received = Math.min(...others.map((member) => Math.max(member.received_seq, member.read_seq)));
    return { read, received };
}

/**
 * @param {number} seq
 * @param {{ read: number, received: number }} marks
 * @returns {"stored" | "received" | "read"}
 */
export function deliveryOf(seq, marks) {
    if (marks.read >= seq) return "read";
    return marks.received >= seq ? "received" : "stored";
}

/**
 * Who has read and who has received a message, for «read by».
 *
 * @param {readonly Member[]} members
 * @param {number} seq
 * @param {string | undefined} sender
 */
export function readersOf(members, seq, sender) {
    const others = members.filter((member) => member.user !== sender);
    const read = others.filter((member) => member.read_seq >= seq);
    const received = others.filter((member) => member.read_seq < seq && member.received_seq >= seq);
    const pending = others.filter((member) => member.read_seq < seq && member.received_seq < seq);
    return { read, received, pending };
}
