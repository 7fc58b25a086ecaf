// What a refusal means for whoever sees it: what happened and what to do, never a code.

import { lengthOf } from "./text.js";

/**
 * @typedef {{ code: string, field?: string }} Refused
 */

/**
 * Why a message was not sent.
 *
 * @param {Refused | undefined} error
 * @param {import("./types.js").Translate} t
 * @param {{ text: string, textMax: number, name: string }} message `name`: the other's, of a direct conversation
 * @returns {string}
 */
export function explainMessage(error, t, { text, textMax, name }) {
    const over = lengthOf(text) - textMax;
    if (error?.code === "bad_request" && error.field === "text") {
        return over > 0 ? t("errorTooLong", { count: over }) : t("errorEmpty");
    }
    if (error?.code === "too_large") return over > 0 ? t("errorTooLong", { count: over }) : t("errorUnknown");
    if (error?.code === "blocked") return t("errorBlocked", { name });
    if (error?.code === "not_found") {
        return error.field === "reply_to" ? t("errorNotFound") : t("errorNotMember");
    }
    return explain(error, t);
}

/**
 * Why something else did not work.
 *
 * @param {unknown} error
 * @param {import("./types.js").Translate} t
 * @returns {string}
 */
export function explain(error, t) {
    const { code, field } = /** @type {Partial<Refused>} */ (error ?? {});
    switch (code) {
        case "blocked":
            return t("errorBlockedGroup");
        case "not_found":
            return t("errorNotFound");
        case "forbidden":
            return t("errorForbidden");
        case "rate_limited":
            return t("errorTooFast");
        case "conflict":
            return t("errorConflict");
        case "overloaded":
        case "unavailable":
            return t("errorUnavailable");
        case "bad_request":
            return field === "title" || field === "name" ? t("errorName") : t("errorUnknown");
        default:
            return t("errorUnknown");
    }
}

/**
 * Why there is no connection and none will be tried.
 *
 * @param {string | null} code of the refusal; `origin`: the site that the page is on is not on the tenant's list
 * @param {import("./types.js").Translate} t
 */
export function explainConnection(code, t) {
    if (code === "unauthenticated" || code === "token_expired") return t("refusedToken");
    if (code === "origin") return t("refusedOrigin");
    return code === "forbidden" ? t("suspended") : t("refusedConnection");
}
