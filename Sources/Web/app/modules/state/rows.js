// The lines of the list of messages: days, the mark of what is new, messages grouped by sender.

import { dayOf } from "../time.js";

/**
 * @typedef {import("../types.js").Row} Row
 * @typedef {import("../types.js").Message} Message
 * @typedef {import("../types.js").Timeline} Timeline
 * @typedef {import("/sdk/v1/parley.js").OutboxEntry} OutboxEntry
 * @typedef {Extract<Row, {kind: "message"}>} MessageRow
 */

/** Messages of one sender that are further apart begin a new group. */
const GROUP_MS = 5 * 60_000;

/** Heights in px before anything was measured; only how long the scroll bar is depends on them. */
const ESTIMATE = { start: 72, older: 40, day: 40, unread: 36, message: 40, line: 22, columns: 64, file: 64, picture: 240 };

/**
 * Builds the rows and keeps those that did not change, so that a message at the end costs a look at the end.
 */
export class RowBuilder {
    /** @type {Row[]} */
    #rows = [];
    /** @type {number[]} for each of `#messages`, how many rows there are up to it */
    #ends = [];
    /** @type {readonly Message[]} */
    #messages = [];
    /** @type {Map<string, number>} */
    #heights = new Map();
    #head = "";

    /**
     * @param {Timeline} timeline
     * @param {readonly OutboxEntry[]} entries of this conversation
     * @param {string | undefined} me
     * @returns {readonly Row[]}
     */
    build(timeline, entries, me) {
        const { messages } = timeline;
        const head = `${timeline.more} ${timeline.loaded} ${timeline.unreadAfter} ${me}`;
        let kept = 0;
        if (head === this.#head) {
            while (kept < messages.length && messages[kept] === this.#messages[kept]) kept += 1;
            // The last one that stays may no longer be the last of its group.
            kept = Math.max(0, Math.min(kept, messages.length) - 1);
        }
        const rows = kept > 0 ? this.#rows.slice(0, this.#ends[kept - 1]) : [];
        this.#remember(rows.length);
        const ends = this.#ends.slice(0, kept);
        if (kept === 0) rows.push(this.#row(timeline.more || !timeline.loaded ? { kind: "older" } : { kind: "start" }));
        // Where the first unread one is not loaded yet, the first that is here is not it.
        const mark = timeline.unreadAfter;
        const reaches = mark !== null && (!timeline.more || (messages[0]?.seq ?? 0) <= mark + 1);
        for (let place = kept; place < messages.length; place += 1) {
            this.#add(rows, messages, place, reaches ? mark : null, me);
            ends.push(rows.length);
        }
        this.#messages = messages;
        this.#ends = ends;
        this.#head = head;
        this.#addEntries(rows, entries, me);
        this.#rows = rows;
        return rows;
    }

    /**
     * The heights that were measured outlive their rows.
     *
     * @param {number} from the first row that goes
     */
    #remember(from) {
        for (let place = from; place < this.#rows.length; place += 1) {
            const row = /** @type {Row} */ (this.#rows[place]);
            if (row.measured) this.#heights.set(row.key, row.height);
        }
    }

    /**
     * @param {Row[]} rows
     * @param {readonly Message[]} messages
     * @param {number} place
     * @param {number | null} unreadAfter
     * @param {string | undefined} me
     */
    #add(rows, messages, place, unreadAfter, me) {
        const message = /** @type {Message} */ (messages[place]);
        const before = messages[place - 1];
        const after = messages[place + 1];
        const own = message.sender === me;
        const day = message.at === undefined ? "" : dayOf(message.at);
        const isNewDay = day !== "" && day !== lastDay(messages, place);
        if (isNewDay) rows.push(this.#row({ kind: "day", day }));
        const isFirstUnread = unreadAfter !== null && isUnread(message, unreadAfter, me)
            && !hasUnreadBefore(messages, place, unreadAfter, me);
        if (isFirstUnread) rows.push(this.#row({ kind: "unread" }));
        const first = isNewDay || isFirstUnread || !belongTogether(before, message);
        const last = !belongTogether(message, after);
        rows.push(this.#row({ kind: "message", message, own, first, last, entry: null }));
    }

    /**
     * @param {Row[]} rows
     * @param {readonly OutboxEntry[]} entries
     * @param {string | undefined} me
     */
    #addEntries(rows, entries, me) {
        if (entries.length === 0) return;
        const stored = new Set(this.#messages.slice(-200).map((message) => message.id));
        let before = this.#messages[this.#messages.length - 1];
        const waiting = entries.filter((entry) => !stored.has(entry.id));
        for (const [place, entry] of waiting.entries()) {
            /** @type {Message} */
            const message = {
                id: entry.id,
                conversation: entry.conversation,
                seq: 0,
                sender: me,
                text: entry.text,
                reply_to: entry.replyTo,
                // Their names are known to whoever wrote it here, and to everyone once it is stored.
                attachments: entry.attachments?.map((id) => ({ id, name: "", type: "", size: 0 })),
                voice: entry.voice,
                at: typeof entry.at === "number" ? new Date(entry.at).toISOString() : entry.at,
            };
            const first = before?.sender !== me;
            const last = place === waiting.length - 1;
            rows.push(this.#row({ kind: "message", message, own: true, first, last, entry }));
            before = message;
        }
    }

    /**
     * @param {any} row
     * @returns {Row}
     */
    #row(row) {
        const key = row.kind === "message" ? row.message.id : row.kind === "day" ? `day ${row.day}` : row.kind;
        const height = this.#heights.get(key);
        return { ...row, key, height: height ?? estimate(row), measured: height !== undefined };
    }
}

/** @param {Row} row */
function estimate(row) {
    if (row.kind !== "message") return ESTIMATE[row.kind];
    const lines = Math.ceil((row.message.text?.length ?? 0) / ESTIMATE.columns);
    const files = row.message.attachments ?? [];
    const heights = files.map(({ type }) => (/^(image|video)/.test(type) ? ESTIMATE.picture : ESTIMATE.file));
    return heights.reduce((sum, height) => sum + height, ESTIMATE.message + ESTIMATE.line * Math.max(0, lines - 1));
}

/**
 * @param {readonly Message[]} messages
 * @param {number} place
 */
function lastDay(messages, place) {
    for (let before = place - 1; before >= 0; before -= 1) {
        const at = messages[before]?.at;
        if (at !== undefined) return dayOf(at);
    }
    return "";
}

/**
 * @param {Message} message
 * @param {number} mark
 * @param {string | undefined} me
 */
function isUnread(message, mark, me) {
    return message.seq > mark && message.sender !== me && !message.hidden && !message.deleted;
}

/**
 * @param {readonly Message[]} messages
 * @param {number} place
 * @param {number} mark
 * @param {string | undefined} me
 */
function hasUnreadBefore(messages, place, mark, me) {
    for (let before = place - 1; before >= 0; before -= 1) {
        const message = /** @type {Message} */ (messages[before]);
        if (message.seq <= mark) return false;
        if (isUnread(message, mark, me)) return true;
    }
    return false;
}

/**
 * @param {Message | undefined} one
 * @param {Message | undefined} next
 */
function belongTogether(one, next) {
    if (!one?.at || !next?.at || one.sender === undefined || one.sender !== next.sender) return false;
    return Date.parse(next.at) - Date.parse(one.at) <= GROUP_MS && dayOf(one.at) === dayOf(next.at);
}
