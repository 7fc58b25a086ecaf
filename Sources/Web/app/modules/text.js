// What a text holds: links, nothing but emoji, how long it is.

/** Characters that turn the direction of what follows: a link with one could show another address than it opens. */
const TURNING = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
const LINK = new RegExp(`\\bhttps?://[^\\s<>"'\`${TURNING}]+`, "giu");
/** What ends a sentence rather than an address. */
const TRAILING = /[.,;:!?…)\]}»”’*_~]$/u;
const OPENING = { ")": "(", "]": "[", "}": "{" };

/** @typedef {{ text: string, href: string | null }} Piece */

/**
 * The text in pieces, whose texts joined are the text; `href` where a piece is a link to http or https.
 *
 * @param {string} text
 * @returns {Piece[]}
 */
export function pieces(text) {
    /** @type {Piece[]} */
    const found = [];
    let place = 0;
    for (const match of text.matchAll(LINK)) {
        const link = withoutTrail(match[0] ?? "");
        const start = match.index ?? 0;
        const href = safeAddress(link);
        if (href === null) continue;
        if (start > place) found.push({ text: text.slice(place, start), href: null });
        found.push({ text: link, href });
        place = start + link.length;
    }
    if (place < text.length) found.push({ text: text.slice(place), href: null });
    return found;
}

/** @param {string} link */
function withoutTrail(link) {
    let rest = link;
    for (;;) {
        const last = rest[rest.length - 1];
        if (last === undefined || !TRAILING.test(rest)) return rest;
        const opening = OPENING[/** @type {keyof typeof OPENING} */ (last)];
        // A bracket that was opened inside the address belongs to it.
        if (opening && rest.split(opening).length >= rest.split(last).length) return rest;
        rest = rest.slice(0, -1);
    }
}

/**
 * @param {string} link
 * @returns {string | null} null where it is no address of the web; addresses with a user name before the host, which
 * hide where they lead, are none
 */
function safeAddress(link) {
    try {
        const url = new URL(link);
        const isWeb = url.protocol === "https:" || url.protocol === "http:";
        return isWeb && !url.username && !url.password && url.hostname ? url.href : null;
    } catch {
        return null;
    }
}

const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u;
const EMOJI_MAX = 3;
/** Longer than any three emoji: families of four with skin tones have 11 code points each. */
const EMOJI_TEXT_MAX = 80;

/**
 * @param {string} text
 * @returns {boolean} one to three emoji and nothing else
 */
export function isEmojiOnly(text) {
    if (text.length > EMOJI_TEXT_MAX || !("Segmenter" in Intl)) return false;
    let count = 0;
    for (const { segment } of new Intl.Segmenter().segment(text)) {
        if (segment.trim() === "") continue;
        if (!EMOJI.test(segment)) return false;
        count += 1;
    }
    return count > 0 && count <= EMOJI_MAX;
}

/**
 * The contract counts code points, without White_Space at the ends.
 *
 * @param {string} text
 */
export function lengthOf(text) {
    let count = 0;
    for (const _ of trimmed(text)) count += 1;
    return count;
}

/**
 * Trimmed as the server trims: Unicode's White_Space, which has U+0085 and not U+FEFF, unlike JavaScript's.
 *
 * @param {string} text
 */
export function trimmed(text) {
    return text.replace(/^\p{White_Space}+/u, "").replace(/\p{White_Space}+$/u, "");
}

/**
 * One line of a text, for lists and quotes.
 *
 * @param {string} text
 */
export function oneLine(text) {
    return text.slice(0, 200).replace(/\s+/gu, " ");
}

/**
 * A message in one line: what it says, else what it carries.
 *
 * @param {import("./types.js").Message} message
 * @param {import("./types.js").Translate} t
 */
export function summary({ text, attachments = [], voice }, t) {
    const name = attachments[0]?.name ?? "";
    const count = attachments.length - 1;
    return oneLine(text || (voice ? t("voiceMessage") : count > 0 ? t("filesAre", { name, count }) : name));
}

/**
 * Up to two letters that stand for a name.
 *
 * @param {string} name
 */
export function initials(name) {
    const words = name.split(/[\s._@-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
    const first = words[0];
    const last = words.length > 1 ? words[words.length - 1] : undefined;
    const letters = [first, last].map((word) => (word ? (/[\p{L}\p{N}]/u.exec(word)?.[0] ?? "") : ""));
    return letters.join("").toLocaleUpperCase() || "?";
}

/**
 * The same hue for the same id, for ever.
 *
 * @param {string} id
 * @returns {number} 0 to 359
 */
export function hueOf(id) {
    let hash = 0;
    for (let place = 0; place < id.length; place += 1) hash = (hash * 31 + id.charCodeAt(place)) >>> 0;
    return (hash * 137) % 360;
}
