// A chosen file over the composer: what it is, how far it is, and what can be done about it.

import { h, setAttribute, setText } from "../dom.js";
import { explain } from "../explain.js";
import { explainRefusal, sizeText } from "./kinds.js";
import { picture, pictureButton } from "./pictures.js";
import { wordsOf } from "./words.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("./item.js").FileItem} FileItem
 */

/**
 * Why a file was not taken, in words; undefined where the file is not why.
 *
 * @param {any} error
 * @param {string} name
 * @param {Page} page
 */
export function refusalOf(error, name, page) {
    const max = page.parley.limits?.file_bytes;
    return explainRefusal(error, name, max ? sizeText(max, page.locale) : "", wordsOf(page));
}

/**
 * @param {Page} page
 * @param {FileItem} item
 * @param {() => void} remove
 * @returns {{ element: HTMLElement, end(): void }}
 */
export function chipView(page, item, remove) {
    const words = wordsOf(page);
    const { name } = item;
    /** @type {HTMLElement} */
    const face = item.kind === "image"
        ? h("img", { class: "chip-face", alt: "", src: item.url, onerror: () => face.replaceWith(h("span", { class: "chip-face" }, picture("image"))) })
        : h("span", { class: "chip-face" }, picture(item.kind));
    const line = h("span", { class: "chip-line" });
    const bar = h("progress", { max: 1, "aria-label": name });
    const again = pictureButton("again", words("retryFile", { name }), () => item.retry(), { hidden: true });
    const element = h(
        "li",
        { class: "chip" },
        face,
        h("span", { class: "chip-words" }, h("bdi", { class: "chip-name", title: name }, name), line, bar),
        again,
        pictureButton("close", words("removeFile", { name }), remove),
    );

    function show() {
        const { state } = item;
        const percent = item.size > 0 ? Math.floor((100 * item.sent) / item.size) : 0;
        const size = sizeText(item.size, page.locale);
        element.classList.toggle("problem", state === "failed");
        setText(line, state === "failed" ? (refusalOf(item.error, name, page) ?? explain(item.error, page.t)) : state === "ready" ? size : `${size} · ${words("sent", { percent })}`);
        // What failed is told to those who don't see it.
        setAttribute(line, "role", state === "failed" ? "alert" : null);
        setAttribute(bar, "hidden", state !== "sending");
        bar.value = percent / 100;
        setAttribute(again, "hidden", state !== "failed");
        setAttribute(element, "data-state", state);
    }

    show();
    return { element, end: item.onChange(show) };
}
