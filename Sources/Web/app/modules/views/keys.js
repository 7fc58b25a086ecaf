// The keys that work anywhere in the chat.

import { openDialogOf } from "../parts.js";

/**
 * @param {import("../types.js").Page} page
 * @param {KeyboardEvent} event
 */
export function handleKeys(page, event) {
    if (event.defaultPrevented || event.isComposing) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest("dialog")) return;
    const isWriting = target.matches("input, textarea, select");
    const isCommand = event.ctrlKey || event.metaKey;
    if ((event.key === "/" && !isWriting && !isCommand && !event.altKey) || (event.key.toLowerCase() === "k" && isCommand)) {
        event.preventDefault();
        focusFilter(page);
    } else if (event.altKey && !isCommand && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        step(page, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "?" && !isWriting && !isCommand) {
        event.preventDefault();
        openDialogOf("shortcutsDialog", page);
    } else if (event.key === "Escape") {
        closeTop(page, target);
    }
}

/** @param {import("../types.js").Page} page */
function focusFilter(page) {
    const filter = /** @type {HTMLInputElement | null} */ (page.root.querySelector(".filter"));
    if (!filter) return;
    // On a narrow screen the list is behind the conversation.
    if (filter.offsetParent === null) page.session.close();
    requestAnimationFrame(() => {
        filter.focus();
        filter.select();
    });
}

/**
 * @param {import("../types.js").Page} page
 * @param {number} by
 */
function step(page, by) {
    const { order, open } = page.store.state;
    if (order.length === 0) return;
    const place = open === null ? (by > 0 ? -1 : order.length) : order.indexOf(open);
    const next = order[Math.max(0, Math.min(order.length - 1, place + by))];
    if (next !== undefined) page.session.open(next);
}

/**
 * @param {import("../types.js").Page} page
 * @param {HTMLElement} target
 */
function closeTop(page, target) {
    if (page.root.querySelector(".panel:not([hidden])")) {
        page.root.dispatchEvent(new CustomEvent("panel", { detail: false }));
    } else if (!target.matches("textarea")) {
        const writing = /** @type {HTMLElement | null} */ (page.root.querySelector(".composer textarea"));
        writing?.focus();
    }
}
