// Files for the next message: chosen, dropped or pasted, on their way while one still writes.

import { arrange, h, setAttribute, setText } from "../dom.js";
import { chipView } from "./chip.js";
import { FileItem } from "./item.js";
import { FILES_MAX } from "./kinds.js";
import { pictureButton } from "./pictures.js";
import { canRecord, recorderView } from "./recorder.js";
import { wordsOf } from "./words.js";

/**
 * @typedef {import("../types.js").Page} Page
 *
 * What the composer lends.
 * @typedef {object} Composer
 * @property {HTMLElement} element
 * @property {HTMLTextAreaElement} text
 * @property {HTMLElement} send
 * @property {() => void} changed
 * @property {() => void} submit
 *
 * @typedef {object} Tray
 * @property {number} count how many files there are for the message
 * @property {boolean} isBlocked one was refused: it has to go, or be tried again
 * @property {(conversation: string | null) => void} open
 * @property {(hasText: boolean) => void} written
 * @property {(send: (more: object) => import("/sdk/v1/parley.js").OutboxEntry) => void} send
 * @property {() => void} destroy
 */

/**
 * @param {Page} page
 * @param {Composer} composer
 * @returns {Tray}
 */
export function trayView(page, composer) {
    const words = wordsOf(page);
    const list = h("ul", { class: "chips", hidden: true, "aria-label": words("attached") });
    const input = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, onchange: () => chosen() });
    const attach = pictureButton("clip", words("attach"), () => input.click(), { class: "icon-button attach" });
    const recorder = recorderView(page, composer.element, (file, name) => sendVoice(file, name));
    const record = pictureButton("microphone", words("record"), () => void recorder.start(), { class: "icon-button record", hidden: true });
    const hint = h("p", { class: "hint problem tray-hint", role: "alert" });
    const write = /** @type {HTMLElement} */ (composer.element.querySelector(".write"));
    write.before(list);
    write.after(recorder.element);
    write.firstElementChild?.after(attach, input);
    composer.send.before(record);
    composer.element.append(hint);
    /** @type {Map<string, FileItem[]>} */
    const items = new Map();
    /** @type {Map<FileItem, ReturnType<typeof chipView> & { unlisten(): void }>} */
    const chips = new Map();
    /** @type {string | null} */
    let open = null;
    let hasText = false;

    const here = () => (open === null ? [] : (items.get(open) ?? []));

    function chosen() {
        add([...(input.files ?? [])]);
        input.value = "";
        composer.text.focus();
    }

    /** @param {File[]} files */
    function add(files) {
        if (open === null || files.length === 0) return;
        const conversation = open;
        const former = here();
        const room = FILES_MAX - former.length;
        setText(hint, files.length > room ? words("tooMany", { count: FILES_MAX }) : "");
        const fresh = files.slice(0, room).map((file) => new FileItem(page.parley, conversation, file, file.name || words("file")));
        items.set(conversation, [...former, ...fresh]);
        show();
    }

    /** @param {FileItem} item */
    function remove(item) {
        const place = here().indexOf(item);
        item.cancel();
        if (open !== null) items.set(open, here().filter((one) => one !== item));
        setText(hint, "");
        show();
        // The focus goes to the neighbour, so that one can remove the next.
        const next = list.children[Math.min(place, list.children.length - 1)];
        const button = /** @type {HTMLElement | null} */ (next?.querySelector("button:last-of-type") ?? null);
        (button ?? composer.text).focus();
    }

    function show() {
        const wanted = here();
        for (const [item, chip] of chips) {
            if (wanted.includes(item)) continue;
            chip.end();
            chip.unlisten();
            chips.delete(item);
        }
        arrange(list, wanted.map((item) => {
            let chip = chips.get(item);
            if (!chip) {
                chip = { ...chipView(page, item, () => remove(item)), unlisten: item.onChange(() => composer.changed()) };
                chips.set(item, chip);
            }
            return chip.element;
        }));
        setAttribute(list, "hidden", wanted.length === 0);
        composer.changed();
    }

    /**
     * @param {Blob} file
     * @param {string} name
     */
    function sendVoice(file, name) {
        if (open === null) return;
        const item = new FileItem(page.parley, open, file, name);
        const entry = page.session.send(open, "", { attachments: [() => item.ready()], voice: true });
        page.attaching.set(entry.id, [item]);
        page.root.dispatchEvent(new CustomEvent("sent"));
    }

    /** @param {ClipboardEvent} event */
    function pasted(event) {
        const files = [...(event.clipboardData?.files ?? [])];
        const target = /** @type {HTMLElement} */ (event.target);
        if (files.length === 0 || isClosed() || target.closest("dialog, .panel, .list")) return;
        // Word processors put a picture of a text beside it: the text is meant.
        if (event.clipboardData?.getData("text/plain")) return;
        event.preventDefault();
        add(files);
        composer.text.focus();
    }

    const isClosed = () => open === null || composer.element.hidden;
    const target = dropTarget(page, () => !isClosed(), add);
    page.root.addEventListener("paste", pasted);

    return {
        get count() {
            return here().length;
        },
        get isBlocked() {
            return here().some((item) => item.state === "failed");
        },
        open(conversation) {
            if (conversation !== open) recorder.discard();
            open = conversation;
            setText(hint, "");
            show();
        },
        written(isThere) {
            hasText = isThere;
            // Where there is nothing to send yet, one can speak.
            const speaks = canRecord() && !hasText && here().length === 0;
            setAttribute(record, "hidden", !speaks);
            setAttribute(composer.send, "hidden", speaks);
        },
        send(send) {
            const mine = here();
            const entry = send({ attachments: mine.map((item) => () => item.ready()) });
            page.attaching.set(entry.id, mine);
            if (open !== null) items.delete(open);
            setText(hint, "");
            show();
        },
        destroy() {
            page.root.removeEventListener("paste", pasted);
            target.end();
            recorder.discard();
            for (const item of [...items.values()].flat()) item.cancel();
        },
    };
}

/**
 * The whole conversation takes what is dropped; elsewhere on the page a file that is dropped does nothing.
 *
 * @param {Page} page
 * @param {() => boolean} isOpen
 * @param {(files: File[]) => void} take
 */
function dropTarget(page, isOpen, take) {
    const overlay = h("div", { class: "drop-overlay", hidden: true, "aria-hidden": "true" }, h("p", {}, wordsOf(page)("drop")));
    const main = /** @type {HTMLElement} */ (page.root.querySelector(".main"));
    main.append(overlay);
    const ends = new AbortController();
    /** @param {DragEvent} event */
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files") === true;
    /** @param {DragEvent} event */
    const isOver = (event) => isOpen() && main.contains(/** @type {Node} */ (event.target));
    /** @param {DragEvent} event */
    function moved(event) {
        if (!hasFiles(event) || !event.dataTransfer) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = isOver(event) ? "copy" : "none";
        setAttribute(overlay, "hidden", !isOver(event));
    }
    const on = (/** @type {string} */ kind, /** @type {(event: any) => void} */ listener) =>
        page.root.addEventListener(kind, listener, { signal: ends.signal });
    on("dragenter", moved);
    on("dragover", moved);
    on("dragleave", (/** @type {DragEvent} */ event) => {
        if (!page.root.contains(/** @type {Node | null} */ (event.relatedTarget))) setAttribute(overlay, "hidden", true);
    });
    on("drop", (/** @type {DragEvent} */ event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setAttribute(overlay, "hidden", true);
        if (isOver(event)) take([...(event.dataTransfer?.files ?? [])]);
    });
    return {
        end() {
            ends.abort();
            overlay.remove();
        },
    };
}
