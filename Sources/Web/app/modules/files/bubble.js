// The files of a message: pictures in place, what can be heard and seen with its player, the rest as cards.

import { h, setAttribute, setText } from "../dom.js";
import { endingOf, kindOf, shownSize, sizeText } from "./kinds.js";
import { download, linkOf } from "./links.js";
import { picture } from "./pictures.js";
import { playerView } from "./player.js";
import { fetched, showDocument, showPictures, showsDocuments } from "./viewer.js";
import { wordsOf } from "./words.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").Message} Message
 * @typedef {import("./item.js").FileItem} FileItem
 * @typedef {import("/sdk/v1/parley.js").MessageFile} MessageFile
 *
 * What is shown: of the server, of this browser, or of both.
 * @typedef {MessageFile & { item?: FileItem }} Shown
 */

/** Small pictures are shown themselves; of larger ones the server has a thumbnail. */
const THUMBNAIL_FROM = 200_000;

/**
 * @param {HTMLElement} holder
 * @param {Message} message
 * @param {Page} page
 */
export function showFiles(holder, message, page) {
    const items = page.attaching.get(message.id) ?? [];
    // Those of a message that waits have no names yet, but for whoever chose them here.
    const stored = message.attachments?.every(({ name }) => name !== "") ? message.attachments : undefined;
    /** @type {Shown[]} */
    const shown = stored
        ? stored.map((file) => ({ ...file, item: items.find(({ uploaded }) => uploaded?.id === file.id) }))
        : items.length > 0 ? items.map(ofItem) : (message.attachments ?? []).map((file) => ({ ...file, name: wordsOf(page)("file") }));
    const key = `${stored ? "stored" : "waiting"} ${shown.map(({ id }) => id)}`;
    if (holder.dataset.files === key) return;
    holder.dataset.files = key;
    const pictures = shown.filter((file) => kindOf(file) === "image");
    const others = shown.filter((file) => kindOf(file) !== "image");
    holder.replaceChildren(
        ...(pictures.length > 0 ? [h("div", { class: pictures.length > 1 ? "tiles" : "single" }, ...pictures.map((file) => pictureView(page, message, file, pictures.length > 1)))] : []),
        ...others.map((file) => otherView(page, message, file)),
        ...(stored || items.length === 0 ? [] : [progressView(page, message, items)]),
    );
}

/** @param {FileItem} item */
function ofItem(item) {
    return { id: item.id, name: item.name, type: item.type, size: item.size, item };
}

/**
 * @param {Page} page
 * @param {Message} message
 * @param {readonly FileItem[]} items
 */
function progressView(page, message, items) {
    const words = wordsOf(page);
    const size = items.reduce((sum, item) => sum + item.size, 0);
    const bar = h("progress", { max: 1, "aria-label": page.t("sending") });
    const percent = h("span", {});
    const cancel = () => {
        for (const item of items) item.cancel();
        page.parley.discard(message.id);
        page.attaching.delete(message.id);
    };
    const element = h("div", { class: "progress" }, bar, percent, h("button", { type: "button", class: "link", onclick: cancel }, words("cancelUpload")));
    let wasThere = false;
    const show = () => {
        const sent = items.reduce((sum, item) => sum + (item.state === "ready" ? item.size : item.sent), 0);
        bar.value = size > 0 ? sent / size : 0;
        setText(percent, words("sent", { percent: Math.floor(100 * bar.value) }));
        setAttribute(element, "hidden", !items.some(({ state }) => state === "sending"));
        wasThere ||= element.isConnected;
        if (wasThere && !element.isConnected) for (const end of ends) end();
    };
    const ends = items.map((item) => item.onChange(show));
    show();
    return element;
}

/**
 * @param {Page} page
 * @param {Message} message
 * @param {Shown} file
 * @param {boolean} isTile
 */
function pictureView(page, message, file, isTile) {
    const words = wordsOf(page);
    const image = h("img", { alt: words("picture", { name: file.name }), decoding: "async" });
    const button = h("button", { type: "button", class: "picture", "aria-label": words("openPicture", { name: file.name }), onclick: () => open() }, image);
    const size = shownSize(file);
    /** @param {{ width: number, height: number }} room */
    const keep = ({ width, height }) => {
        if (isTile) return;
        button.style.inlineSize = `${width}px`;
        button.style.aspectRatio = `${width} / ${height}`;
    };
    keep(size);

    function open() {
        const { timelines } = page.store.state;
        const messages = timelines.get(message.conversation)?.messages ?? [];
        const all = messages.flatMap(({ attachments = [] }) => attachments).filter((one) => kindOf(one) === "image");
        const place = all.findIndex(({ id }) => id === file.id);
        const local = (/** @type {Shown} */ one) => (one.id === file.id ? (file.item?.url ?? null) : null);
        if (place < 0) showPictures(page, [file], 0, local);
        else showPictures(page, all, place, local);
    }

    if (file.item) {
        image.addEventListener("load", () => {
            if (!file.width) keep(shownSize({ width: image.naturalWidth, height: image.naturalHeight }));
        });
        image.src = file.item.url;
        return button;
    }
    // A thumbnail may be missing, a link may have ended; then the picture is gone.
    const wanted = () => button.isConnected;
    const isSmall = file.size <= THUMBNAIL_FROM || file.type === "image/gif";
    const tries = [...(isSmall ? [] : [{ end: "thumbnail=1", fresh: false }]), { end: "", fresh: false }, { end: "", fresh: true }];
    const load = async () => {
        const next = tries.shift();
        const link = next && (await linkOf(page, file.id, { fresh: next.fresh, wanted }));
        if (link) image.src = next.end === "" ? link : `${link}${link.includes("?") ? "&" : "?"}${next.end}`;
        else button.replaceWith(card(page, { ...file, name: file.name }, words("noLongerThere"), null));
    };
    image.addEventListener("error", () => void load());
    // It has to be on the page before anyone can say whether it is still wanted.
    queueMicrotask(() => void load());
    return button;
}

/**
 * @param {Page} page
 * @param {Message} message
 * @param {Shown} file
 */
function otherView(page, message, file) {
    const kind = kindOf(file);
    const words = wordsOf(page);
    const { item } = file;
    if (message.voice && (kind === "audio" || kind === "video")) {
        const player = playerView(page, file.id, () => (item ? Promise.resolve(item.file) : fetched(page, file.id)), (file.duration_ms ?? 0) / 1_000);
        player.look();
        return player.element;
    }
    if (kind === "audio" || kind === "video") return mediaView(page, file, kind);
    const size = [endingOf(file.name).toUpperCase(), file.size > 0 ? sizeText(file.size, page.locale) : ""].filter((one) => one !== "").join(" · ");
    if (kind === "pdf" && showsDocuments()) {
        return card(page, file, size, () => void showDocument(page, file, item?.file ?? null), words("preview", { name: file.name }));
    }
    return card(page, file, size, () => void download(page, file));
}

/**
 * @param {Page} page
 * @param {Shown} file
 * @param {"audio" | "video"} kind
 */
function mediaView(page, file, kind) {
    const words = wordsOf(page);
    const media = h(kind, { controls: true, preload: "metadata", "aria-label": words(kind, { name: file.name }), playsinline: true });
    if (kind === "video") {
        const { width, height } = shownSize(file.width ? file : { width: 320, height: 180 });
        media.style.inlineSize = `${width}px`;
        media.style.aspectRatio = `${width} / ${height}`;
    }
    const name = h("span", { class: "media-name" }, h("bdi", {}, file.name), " · ", sizeText(file.size, page.locale));
    const element = h("div", { class: `media ${kind}` }, media, name);
    if (file.item) {
        media.src = file.item.url;
        return element;
    }
    let isRenewed = false;
    const load = async (/** @type {boolean} */ fresh) => {
        const at = media.currentTime;
        const link = await linkOf(page, file.id, { fresh, wanted: () => media.isConnected });
        if (link === null) {
            element.replaceWith(card(page, file, words("noLongerThere"), null));
            return;
        }
        media.src = link;
        if (at > 0) media.currentTime = at;
    };
    // A link ends after ten minutes: it is renewed where it was listened to for longer, once in a row.
    media.addEventListener("error", () => {
        if (isRenewed) return;
        isRenewed = true;
        void load(true);
    });
    media.addEventListener("timeupdate", () => (isRenewed = false));
    queueMicrotask(() => void load(false));
    return element;
}

/**
 * @param {Page} page
 * @param {Shown} file
 * @param {string} line
 * @param {(() => void) | null} open
 * @param {string} [label]
 */
function card(page, file, line, open, label = wordsOf(page)("download", { name: file.name })) {
    const content = [
        h("span", { class: "card-face" }, picture(kindOf(file))),
        h("span", { class: "card-words" }, h("bdi", { class: "card-name" }, file.name), h("span", { class: "card-line" }, line)),
    ];
    if (!open) return h("div", { class: "card" }, ...content);
    return h("button", { type: "button", class: "card", "aria-label": `${label}, ${line}`, title: file.name, onclick: open }, ...content);
}
