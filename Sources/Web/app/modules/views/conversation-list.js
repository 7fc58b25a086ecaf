// The list of conversations with its filter.

import { arrange, h, iconButton, setAttribute, setText } from "../dom.js";
import { openDialogOf } from "../parts.js";
import { oneLine, summary } from "../text.js";
import { Times } from "../time.js";
import { titleOf } from "../state/conversations.js";
import { PresenceDot, avatar, nameOf, paintAvatar } from "./people.js";

/**
 * @typedef {import("../types.js").AppState} AppState
 * @typedef {import("../types.js").Conversation} Conversation
 * @typedef {import("../types.js").Page} Page
 */

/** The end of the list is loaded on when it comes so near, in px. */
const NEAR_PX = 400;

/**
 * @param {Page} page
 * @returns {import("../types.js").View}
 */
export function conversationListView(page) {
    const { t, session, store } = page;
    const times = new Times(page.locale, t);
    const face = avatar("", "", "small");
    const mine = h(
        "button",
        { type: "button", class: "me", "aria-label": t("settings"), title: t("settings"), onclick: () => openDialogOf("settingsDialog", page) },
        face,
    );
    const filter = h("input", {
        type: "search",
        class: "filter",
        placeholder: t("filter"),
        "aria-label": t("filter"),
        autocomplete: "off",
        oninput: () => show(store.state),
        onkeydown: (/** @type {KeyboardEvent} */ event) => filterKey(event),
    });
    const begin = iconButton("add", t("newConversation"), () => openDialogOf("newConversationDialog", page));
    const items = h("ul", { class: "conversations" });
    const note = h("p", { class: "empty", hidden: true });
    const more = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => session.loadMoreConversations() });
    setText(more, t("loadMore"));
    const scroller = h("div", { class: "scroller", onscroll: nearEnd }, items, note, more);
    const element = h(
        "nav",
        { class: "list", "aria-label": t("conversations") },
        h("div", { class: "bar" }, mine, filter, begin),
        scroller,
    );
    /** @type {Map<string, Item>} */
    const shown = new Map();

    /** @param {KeyboardEvent} event */
    function filterKey(event) {
        if (event.key === "Enter" && !event.isComposing) {
            const first = items.querySelector("button");
            if (filter.value && first) {
                first.click();
                filter.value = "";
                show(store.state);
            }
        } else if (event.key === "ArrowDown") {
            event.preventDefault();
            items.querySelector("button")?.focus();
        } else if (event.key === "Escape" && filter.value) {
            event.stopPropagation();
            filter.value = "";
            show(store.state);
        }
    }

    function nearEnd() {
        const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
        if (left < NEAR_PX && store.state.listCursor !== null) void session.loadMoreConversations();
    }

    /** @param {AppState} state */
    function show(state) {
        const query = filter.value.trim().toLocaleLowerCase();
        /** @type {HTMLElement[]} */
        const wanted = [];
        const now = new Date();
        for (const id of state.order) {
            const one = state.conversations.get(id);
            if (!one) continue;
            const title = titleOf(one, state.people) ?? t("unnamedGroup");
            if (query && !title.toLocaleLowerCase().includes(query)) continue;
            let item = shown.get(id);
            if (!item) {
                item = new Item(page, times, id);
                shown.set(id, item);
            }
            item.update(state, one, title, now);
            wanted.push(item.element);
        }
        for (const id of shown.keys()) if (!state.conversations.has(id)) shown.delete(id);
        arrange(items, wanted);
        const words = !state.listLoaded && state.order.length === 0
            ? state.failure ? null : t("loading")
            : query && wanted.length === 0
              ? t("nothingFound", { query: filter.value.trim() })
              : wanted.length === 0
                ? t("noConversations")
                : null;
        setAttribute(note, "hidden", words === null);
        setText(note, words ?? "");
        setAttribute(more, "hidden", state.listCursor === null);
        // What the filter looks for may be on a later page.
        if (query && state.listCursor !== null) void session.loadMoreConversations();
    }

    return {
        element,
        update(state, before) {
            if (state.me && state.me !== before?.me) {
                paintAvatar(face, state.me.id, state.me.name);
                mine.title = `${state.me.name} · ${t("settings")}`;
                mine.setAttribute("aria-label", mine.title);
            }
            const same = before
                && state.order === before.order
                && state.conversations === before.conversations
                && state.people === before.people
                && state.presences === before.presences
                && state.typing === before.typing
                && state.drafts === before.drafts
                && state.open === before.open
                && state.listLoaded === before.listLoaded
                && state.failure === before.failure
                && state.listCursor === before.listCursor;
            if (!same) show(state);
        },
    };
}

/** One conversation in the list. */
class Item {
    #page;
    #times;
    #face = avatar("", "");
    #dot = new PresenceDot();
    #title = h("bdi", { class: "title" });
    #time = h("time", {});
    #line = h("span", { class: "line", dir: "auto" });
    #count = h("span", { class: "count", hidden: true });
    #unseen = h("span", { class: "unseen" });
    #button;
    element;
    /** @type {unknown[]} */
    #shown = [];

    /**
     * @param {Page} page
     * @param {import("../time.js").Times} times
     * @param {string} id
     */
    constructor(page, times, id) {
        this.#page = page;
        this.#times = times;
        this.#count.setAttribute("aria-hidden", "true");
        this.#button = h(
            "button",
            { type: "button", class: "conversation", "data-id": id, onclick: () => page.session.open(id), onkeydown: move },
            h("span", { class: "face" }, this.#face, this.#dot.element),
            h("span", { class: "first" }, this.#title, this.#time),
            h("span", { class: "second" }, this.#line, this.#count, this.#unseen),
        );
        this.element = h("li", {}, this.#button);
    }

    /**
     * @param {AppState} state
     * @param {Conversation} one
     * @param {string} title
     * @param {Date} now
     */
    update(state, one, title, now) {
        const presence = one.other ? state.presences.get(one.other.id) : undefined;
        const typing = state.typing.get(one.id);
        const draft = one.id === state.open ? undefined : state.drafts.get(one.id);
        const isOpen = one.id === state.open;
        const next = [one, title, presence, typing, draft, isOpen, now.getDate(), senderName(this.#page, state, one)];
        if (next.every((value, place) => value === this.#shown[place])) return;
        this.#shown = next;
        const { t } = this.#page;
        paintAvatar(this.#face, one.other?.id ?? one.id, title);
        this.#face.classList.toggle("group", one.kind === "group");
        this.#dot.update(this.#page, presence);
        setText(this.#title, title);
        const at = one.last_message?.at ?? (one.last_message ? "" : one.created_at);
        setText(this.#time, at ? this.#times.short(at, now) : "");
        setAttribute(this.#time, "datetime", at || null);
        setText(this.#line, this.#lineOf(state, one, typing, draft));
        this.#line.classList.toggle("typing", typing !== undefined);
        this.#line.classList.toggle("draft", typing === undefined && draft !== undefined);
        setAttribute(this.#count, "hidden", one.unread === 0);
        setText(this.#count, one.unread > 999 ? "999+" : String(one.unread));
        setText(this.#unseen, one.unread > 0 ? `, ${t("unread", { count: one.unread })}` : "");
        setAttribute(this.#button, "aria-current", isOpen ? "true" : null);
        this.#button.classList.toggle("has-unread", one.unread > 0);
    }

    /**
     * @param {AppState} state
     * @param {Conversation} one
     * @param {ReadonlyMap<string, number> | undefined} typing
     * @param {string | undefined} draft
     */
    #lineOf(state, one, typing, draft) {
        const { t } = this.#page;
        if (typing) {
            const first = [...typing.keys()][0];
            return one.kind === "direct" || first === undefined || typing.size > 1
                ? t("typing")
                : t("typingOne", { name: nameOf(this.#page, first) });
        }
        if (draft) return t("draftIs", { text: oneLine(draft) });
        const message = one.last_message;
        if (!message) return "";
        if (message.hidden) return t("hiddenMessage");
        if (message.deleted) return t("deletedMessage");
        const text = summary(message, t);
        if (message.sender === state.me?.id) return t("youSaid", { text });
        if (one.kind === "direct" || !message.sender) return text;
        return t("someoneSaid", { name: nameOf(this.#page, message.sender), text });
    }
}

/**
 * @param {Page} page
 * @param {AppState} state
 * @param {Conversation} one
 */
function senderName(page, state, one) {
    const sender = one.kind === "group" ? one.last_message?.sender : undefined;
    return sender === undefined || sender === state.me?.id ? "" : nameOf(page, sender);
}

/**
 * The arrow keys go from one conversation to the next.
 *
 * @param {KeyboardEvent} event
 */
function move(event) {
    if (event.altKey || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    const item = /** @type {HTMLElement} */ (event.currentTarget).parentElement;
    const next = event.key === "ArrowDown" ? item?.nextElementSibling : item?.previousElementSibling;
    event.preventDefault();
    next?.querySelector("button")?.focus();
}
