// Where a stored file is, for as long as the reader may have it.

import { h } from "../dom.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("/sdk/v1/parley.js").MessageFile} MessageFile
 */

/** Without a connection it is tried again so often, as long as the file is on screen. */
const AGAIN_MS = 3_000;

/**
 * @param {Page} page
 * @param {string} id
 * @param {{ fresh?: boolean, wanted?: () => boolean }} [options] `wanted`: whether anybody still waits
 * @returns {Promise<string | null>} null where the reader may not have it, or it is gone
 */
export async function linkOf(page, id, options = {}) {
    const { fresh = false, wanted = () => false } = options;
    for (;;) {
        try {
            return (await page.parley.fileLinks([id], { fresh }))[id] ?? null;
        } catch {
            if (!wanted()) return null;
            await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
            if (!wanted()) return null;
        }
    }
}

/**
 * @param {Page} page
 * @param {MessageFile} file
 */
export async function download(page, file) {
    const link = await linkOf(page, file.id, { fresh: true });
    if (link === null) {
        page.announce(page.t("errorUnavailable"));
        return;
    }
    const anchor = h("a", { href: link, download: file.name, target: "_blank", rel: "noopener noreferrer", hidden: true });
    page.root.append(anchor);
    anchor.click();
    anchor.remove();
}
