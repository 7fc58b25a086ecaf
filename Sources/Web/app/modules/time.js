// Times for people, in their language and zone. Formatters are dear to make, so each is made once a language.

const DAY_MS = 86_400_000;

export class Times {
    #clock;
    #weekday;
    #date;
    #dateWithYear;
    #full;
    #words;
    #t;

    /**
     * @param {string} locale
     * @param {import("./types.js").Translate} t
     */
    constructor(locale, t) {
        this.#t = t;
        this.#clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
        this.#weekday = new Intl.DateTimeFormat(locale, { weekday: "long" });
        this.#date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
        this.#dateWithYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
        this.#full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
        this.#words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
    }

    /** @param {string} at */
    clock(at) {
        return format(this.#clock, at);
    }

    /** @param {string} at */
    full(at) {
        return format(this.#full, at);
    }

    /**
     * «today», «yesterday», a weekday, a date.
     *
     * @param {string} day as `dayOf` gives it
     * @param {Date} now
     */
    day(day, now) {
        const date = new Date(`${day}T12:00:00`);
        const ago = Math.round((startOf(now) - startOf(date)) / DAY_MS);
        if (ago === 0 || ago === 1) return capital(this.#words.format(-ago, "day"));
        if (ago > 1 && ago < 7) return capital(this.#weekday.format(date));
        return this.#dateWithYear.format(date);
    }

    /**
     * As short as a list has room for.
     *
     * @param {string} at
     * @param {Date} now
     */
    short(at, now) {
        const date = new Date(at);
        if (Number.isNaN(date.getTime())) return "";
        const ago = Math.round((startOf(now) - startOf(date)) / DAY_MS);
        if (ago <= 0) return this.#clock.format(date);
        if (ago === 1) return capital(this.#words.format(-1, "day"));
        return this.#date.format(date);
    }

    /**
     * @param {string} at
     * @param {Date} now
     */
    lastSeen(at, now) {
        const date = new Date(at);
        if (Number.isNaN(date.getTime())) return this.#t("offline");
        const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
        if (minutes < 1) return this.#t("lastSeenNow");
        if (minutes < 60) return this.#t("lastSeen", { when: this.#words.format(-minutes, "minute") });
        if (minutes < 24 * 60) {
            return this.#t("lastSeen", { when: this.#words.format(-Math.floor(minutes / 60), "hour") });
        }
        return this.#t("lastSeen", { when: this.#words.format(-Math.floor(minutes / 1440), "day") });
    }
}

/**
 * @param {Intl.DateTimeFormat} formatter
 * @param {string} at
 */
function format(formatter, at) {
    const date = new Date(at);
    return Number.isNaN(date.getTime()) ? "" : formatter.format(date);
}

/** @param {Date} date */
function startOf(date) {
    return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** @param {string} text */
function capital(text) {
    return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/**
 * The reader's calendar day of a moment.
 *
 * @param {string} at
 * @returns {string} `2026-01-31`, empty where it is no time
 */
export function dayOf(at) {
    const date = new Date(at);
    if (Number.isNaN(date.getTime())) return "";
    const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
