// The keys of the list of messages.

import { mayDelete } from "./message-row.js";

/**
 * @param {import("../types.js").Page} page
 * @param {import("./viewport.js").Viewport} viewport
 * @param {import("./message-row.js").Surroundings} around
 * @param {KeyboardEvent} event
 */
export function messageKeys(page, viewport, around, event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".row"));
    const key = row?.dataset.key;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        event.preventDefault();
        viewport.focus(key, event.key === "ArrowUp" ? -1 : 1);
        return;
    }
    if (event.key === "End") {
        event.preventDefault();
        viewport.toEnd();
        return;
    }
    const data = key === undefined ? undefined : viewport.row(key);
    if (data?.kind !== "message" || target !== row) return;
    const { message, entry } = data;
    if (message.hidden || message.deleted) return;
    switch (event.key.toLowerCase()) {
        case "r":
            if (entry?.state === "failed") page.parley.retry(entry.id);
            else if (!entry) around.actions.reply(message);
            break;
        case "c":
            around.actions.copy(message);
            break;
        case "i":
            if (!around.isGroup || !data.own || entry) return;
            around.actions.showReaders(message);
            break;
        case "delete":
            if (!mayDelete(data, around)) return;
            around.actions.remove(message);
            break;
        default:
            return;
    }
    event.preventDefault();
}
