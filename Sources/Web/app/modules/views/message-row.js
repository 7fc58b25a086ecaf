// One line of the list of messages as elements. What can change without the text (ticks, names) changes in place.

import { h, icon, iconButton, setAttribute, setText } from "../dom.js";
import { explainMessage } from "../explain.js";
import { deliveryOf, readersOf } from "../state/delivery.js";
import { filesPart, withFiles } from "../parts.js";
import { isEmojiOnly, pieces, summary } from "../text.js";
import { avatar, nameOf, paintAvatar } from "./people.js";

/**
 * @typedef {import("../types.js").Delivery} Delivery
 * @typedef {import("../types.js").Message} Message
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").Row} Row
 * @typedef {import("../state/rows.js").MessageRow} MessageData
 *
 * What rows need to know beside themselves.
 * @typedef {object} Surroundings
 * @property {Page} page
 * @property {number} version another, whenever something else here is
 * @property {import("../time.js").Times} times
 * @property {boolean} isGroup
 * @property {string} otherName the other's, of a direct conversation
 * @property {number} otherCount how many others there are
 * @property {readonly import("../types.js").Member[]} others whose marks say how far a message came
 * @property {number} lastOwnSeq
 * @property {boolean} isAdmin whoever looks after a group deletes what others said there
 * @property {Actions} actions
 *
 * @typedef {object} Actions
 * @property {(message: Message) => void} reply
 * @property {(message: Message) => void} copy
 * @property {(message: Message) => void} showReaders
 * @property {(message: Message) => void} remove
 * @property {(message: Message) => void} jump
 * @property {(entry: import("/sdk/v1/parley.js").OutboxEntry) => void} edit
 */

/** @type {Record<Delivery, Parameters<typeof icon>[0]>} */
const MARKS = { sending: "clock", failed: "warning", stored: "tick", received: "ticks", read: "ticks" };

export class RowView {
    element = h("div", { role: "listitem", tabindex: -1 });
    /** @type {Row | null} */
    #row = null;
    /** @type {MessageView | null} */
    #message = null;
    #version = -1;

    /**
     * @param {Row} row
     * @param {Surroundings} around
     */
    update(row, around) {
        if (row === this.#row && around.version === this.#version) return;
        this.#version = around.version;
        if (row.kind === "message") {
            if (!this.#message) {
                this.#message = new MessageView(this.element, around);
                this.element.dataset.key = row.key;
            }
            this.#message.update(row, around);
        } else if (this.#row === null) {
            this.element.className = `row ${row.kind}`;
            this.element.dataset.key = row.key;
            this.element.replaceChildren(...plainRow(row, around));
        } else if (row.kind === "day") {
            setText(this.element, around.times.day(row.day, new Date()));
        }
        this.#row = row;
    }
}

/**
 * @param {Exclude<Row, {kind: "message"}>} row
 * @param {Surroundings} around
 * @returns {(string | Node)[]}
 */
function plainRow(row, { page, times }) {
    switch (row.kind) {
        case "start":
            return [page.t("beginning")];
        case "older":
            return [page.t("loading")];
        case "unread":
            return [h("span", {}, page.t("newMessages"))];
        case "day":
            return [times.day(row.day, new Date())];
    }
}

class MessageView {
    #element;
    #face = avatar("", "", "small");
    #name = h("bdi", { class: "sender" });
    #unseenName = h("span", { class: "unseen" });
    #quote = h("div", { class: "quote-holder" });
    #text = h("div", { class: "text", dir: "auto" });
    #files = h("div", { class: "files", hidden: true });
    #bubble = h("div", { class: "bubble" }, this.#quote, this.#files, this.#text);
    #time = h("time", {});
    #tick = h("span", { class: "tick", hidden: true });
    #readBy = h("button", { type: "button", class: "read-by", hidden: true, tabindex: -1 });
    #tools = h("div", { class: "tools" });
    #below = h("div", { class: "below", hidden: true });
    /** @type {Message | null} */
    #message = null;
    #readersButton;
    #removeButton;
    /** @type {MessageData | null} */
    #row = null;
    #shown = "";
    #delivery = "";
    /** @type {Surroundings} */
    #around;

    /**
     * @param {HTMLElement} element
     * @param {Surroundings} around
     */
    constructor(element, around) {
        this.#element = element;
        this.#around = around;
        const { t } = around.page;
        const act = (/** @type {"reply" | "copy" | "showReaders" | "remove"} */ name) => () => {
            if (this.#message) this.#around.actions[name](this.#message);
        };
        this.#readersButton = iconButton("people", t("details"), act("showReaders"), { tabindex: -1 });
        this.#removeButton = iconButton("bin", t("delete"), act("remove"), { tabindex: -1 });
        this.#readBy.addEventListener("click", act("showReaders"));
        this.#tools.append(
            iconButton("reply", t("reply"), act("reply"), { tabindex: -1 }),
            iconButton("copy", t("copy"), act("copy"), { tabindex: -1 }),
            this.#readersButton,
            this.#removeButton,
        );
        const line = h("div", { class: "bubble-line" }, this.#bubble, h("div", { class: "meta" }, this.#time, this.#tick, this.#tools));
        const stack = h("div", { class: "stack" }, this.#name, this.#unseenName, line, this.#below, this.#readBy);
        element.append(this.#face, stack);
    }

    /**
     * @param {MessageData} row
     * @param {Surroundings} around
     */
    update(row, around) {
        this.#around = around;
        const { message } = row;
        if (row !== this.#row) this.#showRow(row);
        if (message !== this.#message) this.#showMessage(message);
        this.#showSender(row);
        this.#row = row;
        this.#message = message;
        this.#showFiles();
        this.#showDelivery(row);
    }

    #showFiles() {
        const { page } = this.#around;
        const message = /** @type {Message} */ (this.#message);
        const has = (message.attachments?.length ?? 0) > 0 || (page.attaching.has(message.id) && !message.deleted);
        setAttribute(this.#files, "hidden", !has);
        setAttribute(this.#text, "hidden", has && this.#shown === "");
        if (!has) return;
        const show = () => filesPart()?.showFiles(this.#files, /** @type {Message} */ (this.#message), page);
        if (filesPart()) show();
        else withFiles(show);
    }

    /** @param {MessageData} row */
    #showRow(row) {
        const { isGroup } = this.#around;
        const names = ["row", "message", row.own ? "own" : "theirs"];
        if (row.first) names.push("first");
        if (row.last) names.push("last");
        if (isGroup) names.push("in-group");
        this.#element.className = names.join(" ");
    }

    /** @param {Message} message */
    #showMessage(message) {
        const { page, times } = this.#around;
        const { t } = page;
        const isStub = message.hidden === true || message.deleted === true;
        this.#bubble.classList.toggle("stub", isStub);
        const text = message.hidden ? t("hiddenMessage") : message.deleted ? t("deletedMessage") : (message.text ?? "");
        if (text !== this.#shown) {
            this.#shown = text;
            this.#text.replaceChildren(...(isStub ? [text] : linked(text, t)));
            this.#bubble.classList.toggle("big", !isStub && isEmojiOnly(text));
        }
        setText(this.#time, message.at ? times.clock(message.at) : "");
        setAttribute(this.#time, "datetime", message.at ?? null);
        setAttribute(this.#time, "title", message.at ? times.full(message.at) : null);
        setAttribute(this.#tools, "hidden", isStub);
        if (message.reply_to !== this.#message?.reply_to) this.#showQuote(message);
    }

    /** @param {Message} message */
    #showQuote(message) {
        this.#quote.replaceChildren();
        const target = message.reply_to ?? message.thread;
        if (target === undefined) return;
        const { page, actions } = this.#around;
        const { t } = page;
        const who = h("bdi", { class: "quote-sender" });
        const what = h("span", { class: "quote-text", dir: "auto" }, "…");
        const quote = h("button", { type: "button", class: "quote", tabindex: -1 }, who, what);
        this.#quote.append(quote);
        void page.session.quotes.get(message.conversation, target).then((quoted) => {
            if (!quoted || quoted.deleted || quoted.hidden) {
                setText(what, quoted?.deleted ? t("deletedMessage") : t("quoteGone"));
                return;
            }
            const isOwn = quoted.sender === page.store.state.me?.id;
            setText(who, isOwn ? t("you") : nameOf(page, quoted.sender ?? ""));
            setText(what, summary(quoted, t));
            quote.setAttribute("aria-label", t("repliedTo", { name: `${who.textContent}: ${what.textContent}` }));
            quote.addEventListener("click", () => actions.jump(quoted));
        });
    }

    /** @param {MessageData} row */
    #showSender(row) {
        const { page, isGroup } = this.#around;
        const sender = row.message.sender ?? "";
        const name = row.own ? page.t("you") : sender === "" ? "" : nameOf(page, sender);
        const isNamed = isGroup && !row.own && row.first && sender !== "";
        setAttribute(this.#name, "hidden", !isNamed);
        setText(this.#name, name);
        setText(this.#unseenName, isNamed || name === "" ? "" : `${name}: `);
        setAttribute(this.#face, "hidden", row.own || !isGroup);
        this.#face.classList.toggle("away", !row.first);
        if (!row.own && isGroup) paintAvatar(this.#face, sender, name);
    }

    /** @param {MessageData} row */
    #showDelivery(row) {
        const { page, others, isGroup, otherCount, lastOwnSeq } = this.#around;
        const { t } = page;
        const { entry, message } = row;
        const isSent = row.own && !message.deleted;
        /** @type {Delivery | null} */
        const delivery = !isSent
            ? null
            : entry
              ? entry.state === "sent"
                  ? "stored"
                  : entry.state
              : deliveryOf(isGroup ? message : { seq: message.seq }, others);
        setAttribute(this.#readersButton, "hidden", !isGroup || !row.own || entry !== null);
        setAttribute(this.#removeButton, "hidden", !mayDelete(row, this.#around));
        const isLast = isGroup && isSent && !entry && message.seq === lastOwnSeq;
        const count = isLast ? readersOf(others, message, undefined).read.length : 0;
        setAttribute(this.#readBy, "hidden", count === 0);
        if (count > 0) setText(this.#readBy, count >= otherCount ? t("readByAll") : t("readBy", { count }));
        const state = `${delivery} ${entry?.error?.code ?? ""} ${entry?.state ?? ""} ${message.text?.length ?? 0}`;
        if (state === this.#delivery) return;
        this.#delivery = state;
        setAttribute(this.#tick, "hidden", delivery === null);
        this.#element.classList.toggle("failed", delivery === "failed");
        if (delivery !== null) {
            setAttribute(this.#tick, "data-delivery", delivery);
            setAttribute(this.#tick, "title", t(delivery));
            this.#tick.replaceChildren(icon(MARKS[delivery]), h("span", { class: "unseen" }, t(delivery)));
        }
        setAttribute(this.#below, "hidden", delivery !== "failed");
        if (delivery === "failed" && entry) this.#showFailure(entry);
        else this.#below.replaceChildren();
    }

    /** @param {import("/sdk/v1/parley.js").OutboxEntry} entry */
    #showFailure(entry) {
        const { page, otherName, actions } = this.#around;
        const { t, parley, store } = page;
        const message = { text: entry.text, textMax: store.state.textMax, name: otherName };
        const button = (/** @type {string} */ words, /** @type {() => void} */ onclick) =>
            h("button", { type: "button", class: "link", onclick }, words);
        this.#below.replaceChildren(
            h("span", { class: "problem" }, `${t("failed")}: ${filesPart()?.explainFile(entry, page) ?? explainMessage(entry.error, t, message)}`),
            h(
                "span",
                { class: "choices" },
                button(t("retry"), () => parley.retry(entry.id)),
                entry.text === "" ? "" : button(t("edit"), () => actions.edit(entry)),
                button(t("remove"), () => parley.discard(entry.id)),
            ),
        );
    }
}

/**
 * @param {string} text
 * @param {import("../types.js").Translate} t
 */
function linked(text, t) {
    return pieces(text).map(({ text: words, href }) =>
        href === null
            ? words
            : h("a", { href, target: "_blank", rel: "noopener noreferrer", title: t("linkOpens") }, words),
    );
}

/**
 * @param {MessageData} row
 * @param {Surroundings} around
 */
export function mayDelete({ own, entry, message }, around) {
    return entry === null && !message.hidden && !message.deleted && (own || around.isAdmin);
}
