// Pictures and documents over the page: one at a time, by mouse and by keys.

import { h, setAttribute, setText } from "../dom.js";
import { download, linkOf } from "./links.js";
import { pictureButton } from "./pictures.js";
import { wordsOf } from "./words.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("/sdk/v1/parley.js").MessageFile} MessageFile
 */

/** Documents up to here are fetched to be shown; larger ones are downloaded. */
const DOCUMENT_MAX = 52_428_800;

/**
 * @param {Page} page
 * @param {string} label
 * @param {readonly (Node | null)[]} head
 * @param {Node} content
 * @param {() => void} [onclose]
 */
function viewer(page, label, head, content, onclose) {
    const close = pictureButton("close", page.t("close"), () => dialog.close());
    const dialog = h("dialog", { class: "viewer", "aria-label": label }, h("div", { class: "viewer-head" }, ...head, close), content);
    dialog.addEventListener("close", () => {
        dialog.remove();
        onclose?.();
    });
    dialog.addEventListener("pointerdown", (event) => {
        if (event.target === dialog || event.target === content) dialog.close();
    });
    page.root.append(dialog);
    dialog.showModal();
    return dialog;
}

/**
 * @param {Page} page
 * @param {readonly MessageFile[]} pictures
 * @param {number} first
 * @param {(file: MessageFile) => string | null} local an address in this browser, where there is one
 */
export function showPictures(page, pictures, first, local) {
    const words = wordsOf(page);
    let place = first;
    const image = h("img", { class: "viewer-picture" });
    const stage = h("div", { class: "viewer-stage" }, image);
    const name = h("bdi", { class: "viewer-name" });
    const where = h("span", { class: "viewer-place", role: "status" });
    const isMany = pictures.length > 1;
    const previous = pictureButton("previous", words("previous"), () => step(-1), { class: "icon-button viewer-step back" });
    const next = pictureButton("next", words("next"), () => step(1), { class: "icon-button viewer-step on" });
    const save = pictureButton("download", "", () => void download(page, current()));
    if (isMany) stage.append(previous, next);
    const dialog = viewer(page, words("picture", { name: "" }), [name, where, save], stage);
    dialog.addEventListener("keydown", (event) => {
        const ahead = getComputedStyle(dialog).direction === "rtl" ? -1 : 1;
        const by = { ArrowRight: ahead, ArrowLeft: -ahead }[event.key];
        if (by !== undefined) step(by);
        else if (event.key === "Home") step(-place);
        else if (event.key === "End") step(pictures.length - 1 - place);
        else return;
        event.preventDefault();
    });

    const current = () => /** @type {MessageFile} */ (pictures[place]);

    /** @param {number} by */
    function step(by) {
        const to = Math.max(0, Math.min(pictures.length - 1, place + by));
        if (to === place) return;
        place = to;
        void show();
    }

    async function show() {
        const file = current();
        setText(name, file.name);
        setText(where, isMany ? words("place", { place: place + 1, count: pictures.length }) : "");
        setAttribute(dialog, "aria-label", words("picture", { name: file.name }));
        setAttribute(save, "aria-label", words("download", { name: file.name }));
        setAttribute(save, "title", words("download", { name: file.name }));
        setAttribute(previous, "aria-disabled", place === 0);
        setAttribute(next, "aria-disabled", place === pictures.length - 1);
        image.alt = words("picture", { name: file.name });
        image.removeAttribute("src");
        if (file.width && file.height) {
            image.width = file.width;
            image.height = file.height;
        }
        const link = local(file) ?? (await linkOf(page, file.id, { wanted: () => dialog.open }));
        if (link !== null && file === current()) image.src = link;
    }
    void show();
}

/** Whether the browser shows documents itself. */
export const showsDocuments = () => /** @type {any} */ (navigator).pdfViewerEnabled === true;

/**
 * A PDF in the browser's own viewer. From memory, as what it was found to be: the frame can't load anything else.
 *
 * @param {Page} page
 * @param {MessageFile} file
 * @param {Blob | null} local
 */
export async function showDocument(page, file, local) {
    if (!showsDocuments() || file.size > DOCUMENT_MAX) return download(page, file);
    const words = wordsOf(page);
    const frame = h("iframe", { class: "viewer-document", title: words("preview", { name: file.name }) });
    const save = pictureButton("download", words("download", { name: file.name }), () => void download(page, file));
    let url = "";
    const note = h("p", { class: "viewer-note", role: "status" }, page.t("loading"));
    const stage = h("div", { class: "viewer-stage" }, note, frame);
    const dialog = viewer(page, file.name, [h("bdi", { class: "viewer-name" }, file.name), save], stage, () => URL.revokeObjectURL(url));
    try {
        const bytes = local ?? (await fetched(page, file.id));
        if (!dialog.open) return;
        url = URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
        frame.src = url;
        note.remove();
    } catch {
        setText(note, page.t("errorUnavailable"));
    }
}

/**
 * @param {Page} page
 * @param {string} id
 */
export async function fetched(page, id) {
    const link = await linkOf(page, id, { fresh: true });
    const response = link === null ? null : await fetch(link, { credentials: "omit" });
    if (!response?.ok) throw new Error(`The file: ${response?.status ?? "no link"}.`);
    return response.blob();
}
