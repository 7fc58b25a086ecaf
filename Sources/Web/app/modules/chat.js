// The chat itself, for any page: `mountChat(element, parley)`.

import { h, setAttribute, setText } from "./dom.js";
import { texts } from "./i18n.js";
import { Preferences } from "./preferences.js";
import { Session } from "./session.js";
import { Store } from "./store.js";
import { titleOf } from "./state/conversations.js";
import { applyTheme } from "./theme.js";
import { bannerView } from "./views/banner.js";
import { conversationListView } from "./views/conversation-list.js";
import { conversationView } from "./views/conversation.js";
import { handleKeys } from "./views/keys.js";
import { panelView } from "./views/panel.js";
import { nameOf } from "./views/people.js";
import { withFiles } from "./parts.js";
import { summary } from "./text.js";

/**
 * @typedef {import("./types.js").AppState} AppState
 * @typedef {import("./types.js").ChatOptions} ChatOptions
 * @typedef {import("./types.js").Page} Page
 * @typedef {import("./types.js").View} View
 */

/**
 * Shows the chat in `element`, which gives it its size; its style sheet is linked where the page has not done so.
 *
 * @param {HTMLElement} element
 * @param {import("/sdk/v1/parley.js").Parley} parley
 * @param {ChatOptions} [options]
 * @returns {{ unmount(): void }}
 */
export function mountChat(element, parley, options = {}) {
    const store = new Store();
    const session = new Session(parley, store);
    const preferences = new Preferences();
    /** @type {Views | null} */
    let views = null;
    let isMounted = true;
    linkStyle();
    session.start();
    void show();

    async function show() {
        const words = await texts([preferences.get("language"), options.language, ...navigator.languages]);
        if (!isMounted) return;
        views?.destroy();
        views = new Views(element, parley, store, session, preferences, options, words, () => void show());
    }

    return {
        unmount() {
            isMounted = false;
            views?.destroy();
            session.stop();
        },
    };
}

/** A window's title is dear to change, and nobody reads it while it changes. */
const TITLE_MS = 200;

/** The style sheet lies beside the module that this becomes part of. */
function linkStyle() {
    const { href } = new URL("./app.css", import.meta.url);
    const isThere = [...document.querySelectorAll("link")].some((link) => link.href === href);
    if (!isThere) document.head.append(h("link", { rel: "stylesheet", href }));
}

/** Everything on screen, in one language. */
class Views {
    #store;
    #page;
    #root;
    /** @type {View[]} */
    #views;
    /** @type {AppState | null} */
    #shown = null;
    #isAsked = false;
    /** @type {(() => void)[]} */
    #ends = [];
    #status = h("div", { class: "unseen", role: "status" });
    #owner = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #draftTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #titleTimer;

    /**
     * @param {HTMLElement} element
     * @param {import("/sdk/v1/parley.js").Parley} parley
     * @param {Store} store
     * @param {Session} session
     * @param {Preferences} preferences
     * @param {ChatOptions} options
     * @param {import("./types.js").Texts} texts
     * @param {() => void} restart
     */
    constructor(element, parley, store, session, preferences, options, { t, language }, restart) {
        this.#store = store;
        // On a page of its own the chat is what the page is about.
        const tag = options.useAddress ? "main" : "div";
        this.#root = h(tag, { class: "parley", lang: language.code, dir: language.direction });
        applyTheme(this.#root, preferences.get("theme"));
        /** @type {Page} */
        this.#page = {
            t,
            locale: localeOf(language.code),
            root: this.#root,
            store,
            session,
            parley,
            announce: (/** @type {string} */ text) => this.#announce(text),
            options,
            preferences,
            restart,
            attaching: new Map(),
        };
        const list = conversationListView(this.#page);
        const conversation = conversationView(this.#page);
        const panel = panelView(this.#page);
        const banner = bannerView(this.#page);
        // The conversation first: what it shows is read, and no longer unread in the list.
        this.#views = [conversation, list, panel, banner];
        const heading = h("h1", { class: "unseen" }, t("conversations"));
        this.#root.append(heading, list.element, conversation.element, panel.element, banner.element, this.#status);
        element.replaceChildren(this.#root);
        session.onMessage = (message) => {
            const { me, open } = store.state;
            if (message.hidden || message.sender === me?.id || message.conversation !== open) return;
            const name = nameOf(this.#page, message.sender ?? "");
            this.#announce(this.#page.t("incoming", { name, text: summary(message, this.#page.t) }));
        };
        const used = () => session.presence.used();
        for (const kind of ["pointerdown", "keydown", "focus"]) this.#listen(window, kind, used);
        this.#listen(document, "visibilitychange", () => this.#render());
        // On a page of its own the keys work wherever the focus is.
        const keys = options.useAddress ? document : this.#root;
        this.#listen(keys, "keydown", (event) => handleKeys(this.#page, /** @type {KeyboardEvent} */ (event)));
        if (options.useAddress) this.#listen(window, "hashchange", () => this.#followAddress());
        withFiles((files) => this.#ends.push(files.watchPage(this.#page)));
        this.#ends.push(store.subscribe(() => this.#ask()));
        if (options.useAddress) this.#followAddress();
        this.#render();
    }

    destroy() {
        for (const end of this.#ends.splice(0)) end();
        for (const view of this.#views) view.destroy?.();
        clearTimeout(this.#draftTimer);
        clearTimeout(this.#titleTimer);
        this.#saveDrafts();
        this.#root.remove();
    }

    /**
     * @param {EventTarget} target
     * @param {string} kind
     * @param {(event: Event) => void} listener
     */
    #listen(target, kind, listener) {
        target.addEventListener(kind, listener);
        this.#ends.push(() => target.removeEventListener(kind, listener));
    }

    /** Changes of one frame are shown at once; a hidden page has no frames. */
    #ask() {
        if (this.#isAsked) return;
        this.#isAsked = true;
        const render = () => {
            if (this.#isAsked) this.#render();
        };
        if (document.hidden) setTimeout(render, 0);
        else requestAnimationFrame(render);
    }

    #render() {
        this.#isAsked = false;
        const { state } = this.#store;
        const before = this.#shown;
        if (state === before) return;
        this.#shown = state;
        if (state.me && state.me.id !== before?.me?.id) this.#loadDrafts();
        setAttribute(this.#root, "data-view", state.open === null ? "list" : "conversation");
        for (const view of this.#views) view.update(this.#store.state, before);
        if (state.drafts !== before?.drafts && this.#owner) {
            clearTimeout(this.#draftTimer);
            this.#draftTimer = setTimeout(() => this.#saveDrafts(), 300);
        }
        if (this.#page.options.useAddress) {
            this.#writeAddress(state);
            clearTimeout(this.#titleTimer);
            this.#titleTimer = setTimeout(() => this.#writeTitle(), TITLE_MS);
        }
    }

    #loadDrafts() {
        const { parley, preferences } = this.#page;
        const owner = `${parley.tenant ?? ""}.${this.#store.state.me?.id ?? ""}`;
        if (owner === this.#owner) return;
        this.#owner = owner;
        // What was written before the first connection comes on top.
        const drafts = new Map([...preferences.drafts(owner), ...this.#store.state.drafts]);
        if (drafts.size > 0) this.#store.dispatch({ type: "drafts", drafts });
    }

    #saveDrafts() {
        if (this.#owner) this.#page.preferences.setDrafts(this.#owner, this.#store.state.drafts);
    }

    /** @param {string} text */
    #announce(text) {
        // The same text twice is a change too: the region is emptied between.
        setText(this.#status, "");
        setTimeout(() => setText(this.#status, text), 50);
    }

    #followAddress() {
        const id = new URLSearchParams(location.hash.slice(1)).get("chat");
        if (id) this.#page.session.open(id);
        else if (this.#store.state.open !== null) this.#page.session.close();
    }

    /** @param {AppState} state */
    #writeAddress(state) {
        const parameters = new URLSearchParams(location.hash.slice(1));
        const shown = parameters.get("chat");
        if (shown === state.open) return;
        if (state.open === null) parameters.delete("chat");
        else parameters.set("chat", state.open);
        const address = `#${parameters}`;
        // From one conversation to another there is nothing to go back to; from the list there is.
        if (shown === null) history.pushState(null, "", address);
        else history.replaceState(null, "", address);
    }

    #writeTitle() {
        const { state } = this.#store;
        let unread = 0;
        for (const one of state.conversations.values()) unread += one.unread;
        const open = state.open === null ? undefined : state.conversations.get(state.open);
        const name = open ? (titleOf(open, state.people) ?? this.#page.t("unnamedGroup")) : "Parley";
        const title = unread > 0 ? `(${unread}) ${name}` : name;
        if (document.title !== title) document.title = title;
    }
}

/**
 * The reader's own variant of a language (British dates for English, …).
 *
 * @param {string} code
 */
function localeOf(code) {
    return navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === code) ?? code;
}

