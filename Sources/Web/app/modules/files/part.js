// Files and voice in the page, loaded when the page is there.

import { h } from "../dom.js";
import { refusalOf } from "./chip.js";
import { showFiles } from "./bubble.js";
import { trayView } from "./tray.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("/sdk/v1/parley.js").OutboxEntry} OutboxEntry
 */

/** The files of so many messages written here are kept in memory, so that the writer need not load them. */
const KEPT_MAX = 30;

/** @type {Promise<void> | null} */
let styled = null;

/** The style sheet of this part has to be there before anything of it is shown. */
function ready() {
    styled ??= new Promise((resolve) => {
        const { href } = new URL("./files.css", import.meta.url);
        const link = h("link", { rel: "stylesheet", href, onload: () => resolve(), onerror: () => resolve() });
        document.head.append(link);
    });
    return styled;
}

/**
 * Asks before a page goes whose files are still on their way, and lets go of those that are no longer needed.
 *
 * @param {Page} page
 * @returns {() => void} ends it
 */
function watchPage(page) {
    /** @param {BeforeUnloadEvent} event */
    const leaving = (event) => {
        const isBusy = [...page.attaching.values()].flat().some(({ state }) => state === "sending");
        if (isBusy || page.root.querySelector(".chip")) event.preventDefault();
    };
    const end = page.store.subscribe(() => {
        if (page.attaching.size <= KEPT_MAX) return;
        const unsent = new Set(page.store.state.outbox.map(({ id }) => id));
        for (const [id, items] of page.attaching) {
            if (page.attaching.size <= KEPT_MAX) break;
            if (unsent.has(id)) continue;
            for (const item of items) item.release();
            page.attaching.delete(id);
        }
    });
    window.addEventListener("beforeunload", leaving);
    return () => {
        end();
        window.removeEventListener("beforeunload", leaving);
        for (const item of [...page.attaching.values()].flat()) item.release();
    };
}

/**
 * Why a message with files was not sent; undefined where its files are not why.
 *
 * @param {OutboxEntry} entry
 * @param {Page} page
 */
function explainFile(entry, page) {
    const items = page.attaching.get(entry.id);
    if (!items && !entry.attachments) return undefined;
    const item = items?.find(({ state }) => state === "failed");
    return refusalOf(entry.error, item?.name ?? "", page);
}

export const files = { ready, watchPage, explainFile, showFiles, trayView };
