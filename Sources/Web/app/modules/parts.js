// What is loaded when the page is there already: its dialogs, and what it does with files.

/**
 * @typedef {import("./types.js").Page} Page
 * @typedef {typeof import("./views/dialogs.js").dialogs} Dialogs
 * @typedef {typeof import("./files/part.js").files} Files
 */

/**
 * @template {keyof Dialogs} Name
 * @param {Name} name
 * @param {Page} page
 * @param {Parameters<Dialogs[Name]> extends [Page, ...infer Rest] ? Rest : []} rest
 */
export function openDialogOf(name, page, ...rest) {
    import("./views/dialogs.js").then(
        ({ dialogs }) => void (/** @type {any} */ (dialogs[name])(page, ...rest)),
        () => page.announce(page.t("errorUnavailable")),
    );
}

/** @type {Files | null} */
let loaded = null;

/** Null until it is there. */
export const filesPart = () => loaded;

/**
 * @param {(files: Files) => void} then not called where it can't be had: without a connection, the first time
 */
export function withFiles(then) {
    import("./files/part.js").then(({ files }) => files.ready().then(() => {
        loaded = files;
        then(files);
    })).catch(() => {});
}
