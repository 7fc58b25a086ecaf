// Texts in the reader's language. A language is a table with the keys of messages/en.js.

import { messages as english } from "./messages/en.js";
import { messages as german } from "./messages/de.js";

/** @typedef {import("./types.js").Language} Language */

/** @type {readonly Language[]} */
export const languages = [
    { code: "en", name: "English", direction: "ltr", messages: english },
    { code: "de", name: "Deutsch", direction: "ltr", messages: german },
];

/**
 * The first of the wanted languages that there is a table for; English where there is none.
 *
 * @param {readonly string[]} wanted such as `navigator.languages`
 * @returns {Language}
 */
export function choose(wanted) {
    for (const tag of wanted) {
        const code = tag.toLowerCase().split("-")[0];
        const found = languages.find((language) => language.code === code);
        if (found) return found;
    }
    return /** @type {Language} */ (languages[0]);
}

/**
 * @param {Language} language
 * @returns {import("./types.js").Translate}
 */
export function translator(language) {
    const plural = new Intl.PluralRules(language.code);
    const number = new Intl.NumberFormat(language.code);
    return (key, values = {}) => {
        const words = language.messages[key];
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
