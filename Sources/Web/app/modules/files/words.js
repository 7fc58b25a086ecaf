// What is said about files, in the page's language: tables of their own, so that the page opens without them.

import { messages as english } from "../../messages/files.en.js";
import { messages as german } from "../../messages/files.de.js";
import { translator } from "../i18n.js";

/** @typedef {(key: keyof typeof english, values?: Record<string, string | number>) => string} Words */

export const tables = { en: english, de: german };

/**
 * @param {import("../types.js").Page} page
 * @returns {Words}
 */
export function wordsOf(page) {
    const code = page.root.lang in tables ? /** @type {keyof typeof tables} */ (page.root.lang) : "en";
    return /** @type {Words} */ (/** @type {unknown} */ (translator(code, /** @type {any} */ (tables[code]))));
}
