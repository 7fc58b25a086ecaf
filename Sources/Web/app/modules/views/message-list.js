// The list of messages. Only the rows near the view are in the document; what the reader looks at stays where it is,
// whatever comes in above or below.

import { h, icon, setAttribute, setText } from "../dom.js";
import { explain } from "../explain.js";
import { openDialogOf } from "../parts.js";
import { othersOf } from "../state/delivery.js";
import { emptyTimeline } from "../state/timeline.js";
import { RowBuilder } from "../state/rows.js";
import { titleOf } from "../state/conversations.js";
import { Times } from "../time.js";
import { ask } from "./dialog.js";
import { Viewport } from "./viewport.js";
import { RowView } from "./message-row.js";
import { messageKeys } from "./message-keys.js";

/**
 * @typedef {import("../types.js").AppState} AppState
 * @typedef {import("../types.js").Message} Message
 * @typedef {import("../types.js").Page} Page
 */

/** Older messages are loaded when the first is so near, in px: about a page before one gets there. */
const NEAR_PX = 1_200;

/**
 * @param {Page} page
 * @param {(message: Message) => void} reply
 * @param {(entry: import("/sdk/v1/parley.js").OutboxEntry) => void} edit
 * @returns {import("../types.js").View}
 */
export function messageListView(page, reply, edit) {
    const { t, session, store } = page;
    const times = new Times(page.locale, t);
    const list = h("div", { class: "rows", role: "list" });
    const scroller = h("div", { class: "messages", tabindex: 0, role: "region" }, list);
    const toNewest = h(
        "button",
        { type: "button", class: "jump newest", hidden: true, onclick: () => viewport.toEnd() },
        h("span", {}),
        icon("down"),
    );
    const toUnread = h(
        "button",
        { type: "button", class: "jump unread", hidden: true, onclick: () => jumpToUnread() },
        icon("up"),
        h("span", {}),
    );
    const note = h("p", { class: "empty" });
    const again = h("button", { type: "button", class: "plain", hidden: true, onclick: () => retry() }, t("tryAgain"));
    const middle = h("div", { class: "middle", hidden: true }, note, again);
    const element = h("div", { class: "messages-holder" }, scroller, middle, toUnread, toNewest);
    let builder = new RowBuilder();
    /** @type {string | null} */
    let open = null;
    let isPlaced = false;
    let lastSeq = 0;
    let newCount = 0;
    /** @type {readonly unknown[]} what the surroundings were made of */
    let known = [];
    /** @type {import("./message-row.js").Surroundings} */
    const around = {
        page,
        times,
        version: 0,
        isGroup: false,
        otherName: "",
        otherCount: 0,
        others: [],
        lastOwnSeq: 0,
        isAdmin: false,
        actions: {
            reply,
            edit,
            copy: (message) => copy(message),
            remove: (message) => void remove(message),
            showReaders: (message) => openDialogOf("readersDialog", page, message),
            jump: (message) => void jump(message),
        },
    };
    const viewport = new Viewport(scroller, list, {
        view: () => new RowView(),
        update: (view, row) => view.update(row, around),
        moved: () => moved(),
    });
    scroller.addEventListener("keydown", (event) => messageKeys(page, viewport, around, event));
    const sent = () => viewport.toEnd();
    page.root.addEventListener("sent", sent);
    const looked = () => moved();
    window.addEventListener("focus", looked);
    document.addEventListener("visibilitychange", looked);

    /** @param {Message} message */
    function copy(message) {
        void navigator.clipboard?.writeText(message.text ?? "").then(() => page.announce(t("copied")), () => {});
    }

    /** @param {Message} message */
    async function remove(message) {
        if (!(await ask(page, t("deleteQuestion"), t("delete"), true))) return;
        await session.ask("message.delete", { id: message.id }).catch((error) => page.announce(explain(error, t)));
    }

    /** @param {Message} message */
    async function jump(message) {
        await session.loadThrough(message.conversation, message.seq);
        show(store.state);
        viewport.reveal(message.id);
    }

    async function jumpToUnread() {
        const mark = open === null ? null : (store.state.timelines.get(open)?.unreadAfter ?? null);
        if (open === null || mark === null) return;
        await session.loadThrough(open, mark + 1);
        show(store.state);
        viewport.reveal("unread");
    }

    function retry() {
        if (open !== null) void session.loadOpen(open);
    }

    /** The view moved: what is read now, what to load, which buttons make sense. */
    function moved() {
        if (open === null) return;
        const { state } = store;
        const timeline = state.timelines.get(open);
        if (!timeline?.loaded || !isPlaced) return;
        const last = viewport.lastVisible((row) => row.kind === "message" && row.entry === null);
        if (last?.kind === "message" && !document.hidden && document.hasFocus()) session.seen(open, last.message.seq);
        if (viewport.atEnd) newCount = 0;
        if (timeline.more && !timeline.loading && !timeline.failed && viewport.offset < NEAR_PX) void session.loadOlder(open);
        showButtons();
    }

    function showButtons() {
        const timeline = open === null ? undefined : store.state.timelines.get(open);
        setAttribute(toNewest, "hidden", viewport.atEnd || !isPlaced);
        const below = newCount > 0 ? t("newBelow", { count: newCount }) : "";
        setText(/** @type {Element} */ (toNewest.firstElementChild), below);
        setAttribute(toNewest, "aria-label", below || t("toNewest"));
        const mark = timeline?.unreadAfter ?? null;
        const first = timeline?.messages[0];
        const isAbove = mark !== null && first !== undefined && isPlaced
            && (first.seq > mark + 1 && timeline?.more ? true : viewport.isAbove("unread"));
        setAttribute(toUnread, "hidden", !isAbove);
        if (isAbove && timeline && mark !== null) {
            const last = timeline.messages[timeline.messages.length - 1];
            const count = Math.max(1, (last?.seq ?? mark + 1) - mark);
            setText(/** @type {Element} */ (toUnread.lastElementChild), t("toUnread", { count }));
        }
    }

    /** @param {AppState} state */
    function show(state) {
        const timeline = (open === null ? undefined : state.timelines.get(open)) ?? emptyTimeline;
        const entries = state.outbox.filter((entry) => entry.conversation === open);
        showSurroundings(state);
        const last = timeline.messages[timeline.messages.length - 1]?.seq ?? 0;
        if (isPlaced && !viewport.atEnd && last > lastSeq) {
            newCount += timeline.messages.filter((one) => one.seq > lastSeq && one.sender !== state.me?.id).length;
        }
        lastSeq = Math.max(lastSeq, last);
        const isEmpty = timeline.messages.length === 0 && entries.length === 0;
        viewport.show(isEmpty ? [] : builder.build(timeline, entries, state.me?.id));
        if (!isPlaced && timeline.loaded) {
            isPlaced = true;
            if (timeline.unreadAfter !== null && viewport.has("unread")) viewport.reveal("unread");
            else viewport.toEnd();
        }
        const fails = timeline.failed && !timeline.loading;
        const words = fails
            ? state.listLoaded && open !== null && !state.conversations.has(open) ? null : t("loadFailed")
            : !isEmpty
              ? null
              : timeline.loaded
                ? t("noMessages")
                : state.failure ? null : t("loading");
        setAttribute(middle, "hidden", words === null || (!isEmpty && !fails));
        setText(note, words ?? "");
        setAttribute(again, "hidden", !fails);
        moved();
    }

    /** @param {AppState} state */
    function showSurroundings(state) {
        const one = open === null ? undefined : state.conversations.get(open);
        const members = open === null ? undefined : state.members.get(open);
        const me = state.me?.id;
        const timeline = open === null ? undefined : state.timelines.get(open);
        const own = lastOwn(timeline?.messages ?? [], me, around.lastOwnSeq);
        const now = [open, one?.kind, one?.title, one?.role, members, state.people, me, own];
        if (now.every((value, place) => value === known[place])) return;
        known = now;
        around.version += 1;
        around.lastOwnSeq = own;
        around.isGroup = one?.kind === "group";
        around.isAdmin = around.isGroup && one?.role !== "member";
        around.otherName = one ? (titleOf(one, state.people) ?? "") : "";
        around.otherCount = Math.max(0, (members?.members.length ?? 1) - 1);
        around.others = othersOf(members, me);
        setAttribute(scroller, "aria-label", t("messagesIn", { title: around.otherName }));
    }

    return {
        element,
        update(state, before) {
            if (state.open !== open) {
                open = state.open;
                builder = new RowBuilder();
                isPlaced = false;
                lastSeq = 0;
                newCount = 0;
                around.lastOwnSeq = 0;
                viewport.clear();
                show(state);
                return;
            }
            if (open === null) return;
            if (before?.timelines.get(open) !== undefined && state.timelines.get(open) === undefined) {
                isPlaced = false;
                newCount = 0;
            }
            const same = before
                && state.timelines.get(open) === before.timelines.get(open)
                && state.members.get(open) === before.members.get(open)
                && isSame(state.conversations.get(open), before.conversations.get(open))
                && state.outbox === before.outbox
                && state.people === before.people
                && state.me === before.me
                && state.listLoaded === before.listLoaded
                && state.failure === before.failure;
            if (!same) show(state);
        },
        destroy() {
            page.root.removeEventListener("sent", sent);
            window.removeEventListener("focus", looked);
            document.removeEventListener("visibilitychange", looked);
            viewport.destroy();
        },
    };
}

/**
 * What the list shows of a conversation itself is the same.
 *
 * @param {import("../types.js").Conversation | undefined} one
 * @param {import("../types.js").Conversation | undefined} before
 */
function isSame(one, before) {
    return one === before || (one !== undefined && before !== undefined && one.title === before.title && one.role === before.role);
}

/**
 * @param {readonly Message[]} messages
 * @param {string | undefined} me
 * @param {number} former what it was: there is none below
 */
function lastOwn(messages, me, former) {
    for (let place = messages.length - 1; place >= 0; place -= 1) {
        const message = messages[place];
        if ((message?.seq ?? 0) <= former) return former;
        if (message?.sender === me && !message?.deleted) return message?.seq ?? 0;
    }
    return former;
}
