// What a file is, how large, and why one was refused: values in, values and words out.

/**
 * @typedef {"image" | "pdf" | "audio" | "video" | "text" | "table" | "slides" | "archive" | "other"} Kind
 * @typedef {{ code: string, reason?: string, field?: string }} Refused
 */

/** The contract's bound for one message. */
export const FILES_MAX = 10;
/** Pictures are shown in a box of so many px. */
const BOX = { width: 320, height: 320 };
/** What a picture measures before anyone has said it. */
const UNKNOWN = { width: 240, height: 180 };
/** Narrower, a picture can't be hit with a finger. */
const SIDE_MIN = 48;

const ENDINGS = new Map(/** @type {[string, Kind][]} */ ([
    ...["doc", "docx", "txt", "md"].map((end) => [end, "text"]),
    ...["xls", "xlsx", "csv"].map((end) => [end, "table"]),
    ...["ppt", "pptx"].map((end) => [end, "slides"]),
    ["zip", "archive"],
]));

/**
 * @param {{ type: string, name: string }} file
 * @returns {Kind}
 */
export function kindOf({ type, name }) {
    if (/^image\/(jpeg|png|gif|webp)$/.test(type)) return "image";
    if (type === "application/pdf") return "pdf";
    if (type.startsWith("audio/")) return "audio";
    if (type.startsWith("video/")) return "video";
    return ENDINGS.get(endingOf(name).toLowerCase()) ?? "other";
}

/** @param {string} name */
export function endingOf(name) {
    return /\.([\p{L}\p{N}]{1,8})$/u.exec(name)?.[1] ?? "";
}

/**
 * «812 bytes», «3.4 MB»: in thousands, as file managers and browsers count.
 *
 * @param {number} bytes
 * @param {string} locale
 */
export function sizeText(bytes, locale) {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
    let place = 0;
    let value = bytes;
    // What would be rounded to 1,000 of a unit is 1 of the next.
    while (value >= 999.5 && place < units.length - 1) {
        value /= 1_000;
        place += 1;
    }
    const digits = place > 0 && value < 10 ? 1 : 0;
    const options = { style: "unit", unit: units[place], maximumFractionDigits: digits, unitDisplay: place === 0 ? "long" : "short" };
    return new Intl.NumberFormat(locale, /** @type {Intl.NumberFormatOptions} */ (options)).format(value);
}

/**
 * How large a picture is shown: wholly in the box, never larger than it is.
 *
 * @param {{ width?: number, height?: number }} picture
 * @returns {{ width: number, height: number }} px
 */
export function shownSize({ width = 0, height = 0 }) {
    if (!(width > 0 && height > 0)) return UNKNOWN;
    const scale = Math.min(1, BOX.width / width, BOX.height / height);
    return { width: Math.max(SIDE_MIN, Math.round(width * scale)), height: Math.max(SIDE_MIN, Math.round(height * scale)) };
}

/**
 * «0:07», «4:59».
 *
 * @param {number} seconds
 */
export function timeText(seconds) {
    const whole = Math.max(0, Math.round(Number.isFinite(seconds) ? seconds : 0));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @type {Record<string, keyof typeof import("../../messages/files.en.js").messages>} */
const REASONS = {
    empty: "refusedEmpty",
    extension_denied: "refusedExtension",
    extension_unknown: "refusedUnknown",
    content_mismatch: "refusedContent",
    archive_executable: "refusedArchive",
    archive_path: "refusedArchive",
    archive_bomb: "refusedArchive",
    archive_nested: "refusedArchive",
    archive_encrypted: "refusedEncrypted",
    macro: "refusedMacro",
    image_too_large: "refusedPicture",
    text_encoding: "refusedText",
    infected: "refusedInfected",
    malformed: "refusedMalformed",
    inspector_failed: "refusedMalformed",
};

/**
 * Why a file was not taken; undefined where it was for no reason of the file.
 *
 * @param {Refused | undefined} error
 * @param {string} name of the file
 * @param {string} max the most that is taken, in words; empty where nobody said
 * @param {import("./words.js").Words} words
 */
export function explainRefusal(error, name, max, words) {
    switch (error?.code) {
        case "unsupported_media":
            return words(REASONS[error.reason ?? ""] ?? "refusedUnknown", { name });
        case "too_large":
            return error.reason === "storage_full" || error.field === "storage"
                ? words("refusedFull")
                : error.field === "text" ? undefined : max === "" ? words("refusedLarge", { name }) : words("refusedTooLarge", { name, size: max });
        case "bad_request":
            return error.field === "file" ? words("refusedUnreadable", { name }) : undefined;
        case "not_found":
            return error.field === "attachments" ? words("refusedGone") : undefined;
        default:
            return undefined;
    }
}
