// Texts in the reader's language. A language is a table with the keys of messages/en.js.

import { messages as english } from "../messages/en.js";

/**
 * @typedef {import("./types.js").Language} Language
 * @typedef {import("./types.js").Table} Table
 * @typedef {import("./types.js").Words} Words
 */

/** @type {readonly Language[]} */
export const languages = [
    { code: "en", name: "English", direction: "ltr", load: async () => english },
    { code: "de", name: "Deutsch", direction: "ltr", load: async () => (await import("../messages/de.js")).messages },
];

/**
 * The first of the wanted languages that there is a table for; English where there is none.
 *
 * @param {readonly (string | null | undefined)[]} wanted tags such as those of `navigator.languages`
 * @returns {Language}
 */
export function choose(wanted) {
    for (const tag of wanted) {
        const code = tag?.toLowerCase().split("-")[0];
        const found = languages.find((language) => language.code === code);
        if (found) return found;
    }
    return /** @type {Language} */ (languages[0]);
}

/**
 * The texts of the chosen language; English where its table can't be had.
 *
 * @param {readonly (string | null | undefined)[]} wanted
 * @returns {Promise<import("./types.js").Texts>}
 */
export async function texts(wanted) {
    const language = choose(wanted);
    try {
        return { language, t: translator(language.code, await language.load()) };
    } catch {
        const fallback = choose([]);
        return { language: fallback, t: translator(fallback.code, english) };
    }
}

/**
 * @param {string} code
 * @param {Record<keyof Table, Words>} messages
 * @returns {import("./types.js").Translate}
 */
export function translator(code, messages) {
    const plural = new Intl.PluralRules(code);
    const number = new Intl.NumberFormat(code);
    return (key, values = {}) => {
        const words = messages[key];
        const isOne = typeof values.count === "number" && plural.select(values.count) === "one";
        const pattern = typeof words === "string" ? words : isOne ? words.one : words.other;
        return pattern.replace(/\{(\w+)\}/g, (_, name) => {
            const value = values[name];
            return typeof value === "number" ? number.format(value) : (value ?? "");
        });
    };
}

/**
 * «Ana», «Ana and Ben», «Ana, Ben and Chloe».
 *
 * @param {string} locale
 * @param {readonly string[]} names
 */
export function listed(locale, names) {
    return new Intl.ListFormat(locale, { type: "conjunction" }).format(names);
}
