// An open conversation: its head, its messages, who is typing, where to write.

import { h, icon, iconButton, setAttribute, setText } from "../dom.js";
import { listed } from "../i18n.js";
import { titleOf } from "../state/conversations.js";
import { Times } from "../time.js";
import { composerView } from "./composer.js";
import { messageListView } from "./message-list.js";
import { PresenceDot, avatar, nameOf, paintAvatar, presenceText } from "./people.js";
import { unblockNotice } from "./blocking.js";

/**
 * @typedef {import("../types.js").AppState} AppState
 * @typedef {import("../types.js").Page} Page
 */

/** «Last seen 3 minutes ago» goes on by itself. */
const MINUTE_MS = 60_000;

/**
 * @param {Page} page
 * @returns {import("../types.js").View}
 */
export function conversationView(page) {
    const { t, session } = page;
    const times = new Times(page.locale, t);
    const face = avatar("", "", "small");
    const dot = new PresenceDot();
    const title = h("bdi", {});
    // Without a name until the list is loaded: a heading that says nothing is none.
    const heading = h("h2", { hidden: true }, title);
    const line = h("span", { class: "line" });
    const about = iconButton("info", t("aboutGroup"), () => page.root.dispatchEvent(new CustomEvent("panel")), {
        class: "icon-button about",
        "aria-expanded": "false",
    });
    const head = h(
        "header",
        { class: "bar" },
        iconButton("back", t("back"), () => session.close(), { class: "icon-button back" }),
        h("span", { class: "face" }, face, dot.element),
        h("div", { class: "names" }, heading, line),
        about,
    );
    const typing = h("p", { class: "typing-line", "aria-live": "polite" });
    const composer = composerView(page);
    const messages = messageListView(page, (message) => composer.reply(message), (entry) => composer.editFailed(entry));
    const notice = h("div", { class: "notice", hidden: true });
    const open = h("div", { class: "open", hidden: true }, head, messages.element, typing, composer.element, notice);
    const empty = h(
        "div",
        { class: "nothing-open" },
        icon("chat"),
        h("p", {}, t("chooseConversation")),
    );
    const element = h("section", { class: "main", "aria-label": t("conversation") }, open, empty);
    const timer = setInterval(() => showLine(page.store.state), MINUTE_MS);
    page.root.addEventListener("panelshown", (event) => {
        setAttribute(about, "aria-expanded", String(/** @type {CustomEvent<boolean>} */ (event).detail));
    });

    /** @param {AppState} state */
    function showLine(state) {
        const one = state.open === null ? undefined : state.conversations.get(state.open);
        if (!one) {
            setText(line, "");
            return;
        }
        const words = one.kind === "group"
            ? t("memberCount", { count: one.member_count })
            : presenceText(page, times, one.other ? state.presences.get(one.other.id) : undefined);
        setText(line, words ?? "");
    }

    /** @param {AppState} state */
    function showHead(state) {
        const one = state.open === null ? undefined : state.conversations.get(state.open);
        setAttribute(open, "hidden", state.open === null);
        setAttribute(empty, "hidden", state.open !== null);
        const name = one ? (titleOf(one, state.people) ?? t("unnamedGroup")) : "";
        setText(title, name);
        setAttribute(heading, "hidden", name === "");
        setAttribute(face, "hidden", one === undefined);
        if (one) paintAvatar(face, one.other?.id ?? one.id, name);
        face.classList.toggle("group", one?.kind === "group");
        dot.update(page, one?.other ? state.presences.get(one.other.id) : undefined);
        setAttribute(about, "hidden", one === undefined);
        const label = one?.kind === "direct" ? t("aboutPerson", { name }) : t("aboutGroup");
        setAttribute(about, "aria-label", label);
        setAttribute(about, "title", label);
        showLine(state);
    }

    /** @param {AppState} state */
    function showTyping(state) {
        const users = state.open === null ? undefined : state.typing.get(state.open);
        const names = [...(users?.keys() ?? [])].map((user) => nameOf(page, user));
        const [name] = names;
        if (name === undefined) setText(typing, "");
        else if (names.length === 1) setText(typing, t("typingOne", { name }));
        else if (names.length <= 3) setText(typing, t("typingSome", { names: listed(page.locale, names) }));
        else setText(typing, t("typingMany"));
    }

    /**
     * Where nothing can be written, why.
     *
     * @param {AppState} state
     */
    function showNotice(state) {
        const one = state.open === null ? undefined : state.conversations.get(state.open);
        const isMissing = state.open !== null && state.listLoaded && !one
            && state.timelines.get(state.open)?.failed === true;
        const other = one?.kind === "direct" ? one.other : undefined;
        const blocked = other !== undefined && state.blocked.has(other.id);
        setAttribute(composer.element, "hidden", state.gone || isMissing || blocked);
        setAttribute(notice, "hidden", !(state.gone || isMissing || blocked));
        if (state.gone) notice.replaceChildren(t("gone"));
        else if (isMissing) notice.replaceChildren(t("notYours"));
        else if (blocked && other) notice.replaceChildren(unblockNotice(page, other));
        else notice.replaceChildren();
    }

    return {
        element,
        update(state, before) {
            const same = before
                && state.open === before.open
                && state.conversations === before.conversations
                && state.people === before.people
                && state.presences === before.presences;
            if (!same) showHead(state);
            if (state.typing !== before?.typing || state.open !== before?.open || !same) showTyping(state);
            if (!same || state.gone !== before?.gone || state.blocked !== before?.blocked
                || state.timelines !== before?.timelines) {
                showNotice(state);
            }
            composer.update(state, before);
            messages.update(state, before);
        },
        destroy() {
            clearInterval(timer);
            messages.destroy?.();
            composer.destroy?.();
        },
    };
}
