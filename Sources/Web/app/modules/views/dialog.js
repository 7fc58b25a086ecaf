// Dialogs: the browser's own, which keeps the focus inside, closes with Escape and gives the focus back.

import { h, iconButton } from "../dom.js";

/** @typedef {import("../types.js").Page} Page */

let count = 0;

/**
 * Opens a dialog over the page.
 *
 * @param {Page} page
 * @param {string} title
 * @param {readonly (Node | string | null)[]} content
 * @param {{ onclose?: () => void, wide?: boolean }} [options]
 * @returns {HTMLDialogElement}
 */
export function openDialog(page, title, content, options = {}) {
    count += 1;
    const id = `dialog-${count}`;
    /** @type {HTMLDialogElement} */
    const dialog = h(
        "dialog",
        { class: "dialog", "aria-labelledby": id },
        h(
            "div",
            { class: "dialog-head" },
            h("h2", { id }, title),
            iconButton("close", page.t("close"), () => dialog.close()),
        ),
        h("div", { class: "dialog-body" }, ...content),
    );
    dialog.addEventListener("close", () => {
        dialog.remove();
        options.onclose?.();
    });
    // A click beside the dialog is one on its backdrop, which is the dialog element itself.
    dialog.addEventListener("pointerdown", (event) => {
        if (event.target === dialog) dialog.close();
    });
    page.root.append(dialog);
    dialog.showModal();
    return dialog;
}

/**
 * A question with two answers.
 *
 * @param {Page} page
 * @param {string} question
 * @param {string} yes what the button that does it says
 * @param {boolean} isDanger
 * @returns {Promise<boolean>}
 */
export function ask(page, question, yes, isDanger) {
    return new Promise((resolve) => {
        let answer = false;
        const finish = (/** @type {boolean} */ value) => {
            answer = value;
            dialog.close();
        };
        const dialog = openDialog(
            page,
            yes,
            [
                h("p", {}, question),
                h(
                    "div",
                    { class: "buttons" },
                    h("button", { type: "button", class: "plain", onclick: () => finish(false) }, page.t("cancel")),
                    h(
                        "button",
                        { type: "button", class: isDanger ? "main-button danger" : "main-button", onclick: () => finish(true) },
                        yes,
                    ),
                ),
            ],
            { onclose: () => resolve(answer) },
        );
    });
}
