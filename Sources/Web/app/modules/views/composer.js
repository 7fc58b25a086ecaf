// Where one writes: grows to eight lines, keeps a draft per conversation, says when a text is too long.

import { h, icon, iconButton, setAttribute, setText } from "../dom.js";
import { explain } from "../explain.js";
import { titleOf } from "../state/conversations.js";
import { withFiles } from "../parts.js";
import { lengthOf, summary, trimmed } from "../text.js";
import { emojiButton } from "./emoji.js";
import { nameOf } from "./people.js";

/**
 * @typedef {import("../types.js").AppState} AppState
 * @typedef {import("../types.js").Message} Message
 * @typedef {import("/sdk/v1/parley.js").OutboxEntry} OutboxEntry
 * @typedef {import("../types.js").View & { reply(message: Message): void, editFailed(entry: OutboxEntry): void }} Composer
 */

/** The room that is left is told from here on, in code points. */
const LEFT_FROM = 200;

/**
 * @param {import("../types.js").Page} page
 * @returns {Composer}
 */
export function composerView(page) {
    const { t, session, store, parley } = page;
    const label = h("label", { class: "unseen", for: "composer-text" });
    const text = h("textarea", {
        id: "composer-text",
        rows: 1,
        dir: "auto",
        placeholder: t("writeHere"),
        "aria-describedby": "composer-hint",
        autocomplete: "off",
        oninput: () => written(),
        onkeydown: (/** @type {KeyboardEvent} */ event) => key(event),
    });
    const hint = h("p", { id: "composer-hint", class: "hint", "aria-live": "polite" });
    const send = h("button", { type: "submit", class: "send", "aria-label": t("send"), title: t("send") }, icon("send"));
    const contextText = h("span", { class: "context-text", dir: "auto" });
    const contextTitle = h("span", { class: "context-title" });
    const cancel = iconButton("close", t("cancel"), () => leaveContext());
    const context = h("div", { class: "context", hidden: true }, h("div", {}, contextTitle, contextText), cancel);
    const emoji = emojiButton(page, (character) => insert(character));
    const element = h(
        "form",
        { class: "composer", onsubmit: (/** @type {Event} */ event) => submit(event) },
        context,
        h("div", { class: "write" }, emoji.element, label, text, send),
        hint,
    );
    /** @type {import("../files/tray.js").Tray | null} */
    let tray = null;
    let isGone = false;
    withFiles((files) => {
        if (isGone) return;
        tray = files.trayView(page, { element, text, send, changed: () => count(), submit: () => submit(new Event("submit")) });
        tray.open(open);
        count();
    });
    /** @type {string | null} */
    let open = null;
    /** @type {Message | null} */
    let replyTo = null;
    /** @type {OutboxEntry | null} */
    let editing = null;
    let draftBefore = "";

    /** @param {KeyboardEvent} event */
    function key(event) {
        if (event.isComposing) return;
        if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
            // On a screen keyboard there is no Shift-Enter: there Enter breaks the line.
            if (matchMedia("(pointer: coarse)").matches && !matchMedia("(any-pointer: fine)").matches) return;
            submit(event);
        } else if (event.key === "Escape" && (replyTo || editing)) {
            event.preventDefault();
            leaveContext();
        }
    }

    function written() {
        grow();
        count();
        if (open === null) return;
        if (!editing) store.dispatch({ type: "draft", conversation: open, text: text.value });
        parley.typing(open, trimmed(text.value) !== "");
    }

    /** As high as its lines; the bounds are the style sheet's. What is not shown has no height to measure. */
    function grow() {
        // While it is measured the form keeps its height: a list that grew for a moment would lose its end.
        element.style.minBlockSize = `${element.offsetHeight}px`;
        text.style.blockSize = "auto";
        const height = text.scrollHeight;
        if (height > 0) text.style.blockSize = `${height}px`;
        element.style.minBlockSize = "";
    }

    let width = 0;
    // Shown again, or as wide as it was not: its lines are others. A frame later, since this changes what is observed.
    const observer = new ResizeObserver(() => {
        if (element.offsetWidth === width) return;
        width = element.offsetWidth;
        requestAnimationFrame(grow);
    });
    observer.observe(element);

    function count() {
        const max = store.state.textMax;
        const length = text.value.length < max / 2 ? 0 : lengthOf(text.value);
        const left = max - length;
        setText(hint, left < 0 ? t("tooLong", { count: -left }) : left < LEFT_FROM ? t("charactersLeft", { count: left }) : "");
        hint.classList.toggle("problem", left < 0);
        const isEmpty = trimmed(text.value) === "";
        setAttribute(send, "disabled", left < 0 || (isEmpty && !hasFiles()) || tray?.isBlocked);
        tray?.written(!isEmpty || editing !== null);
        return left >= 0 && !tray?.isBlocked;
    }

    const hasFiles = () => !editing && (tray?.count ?? 0) > 0;

    /** @param {Event} event */
    function submit(event) {
        event.preventDefault();
        const words = trimmed(text.value);
        if (open === null || (words === "" && !hasFiles()) || !count()) return;
        if (editing) {
            const { id } = editing;
            parley.edit(id, words);
        } else {
            try {
                const send = (/** @type {object} */ more) => session.send(open ?? "", words, { replyTo: replyTo?.id, ...more });
                if (tray && hasFiles()) tray.send(send);
                else send({});
            } catch (error) {
                // Too many wait already: the text stays where it is.
                setText(hint, explain(error, t));
                hint.classList.add("problem");
                return;
            }
            page.root.dispatchEvent(new CustomEvent("sent"));
        }
        parley.typing(open, false);
        draftBefore = editing ? draftBefore : "";
        leaveContext(editing === null);
    }

    /** @param {boolean} [clears] */
    function leaveContext(clears = false) {
        if (editing) setValue(draftBefore);
        else if (clears) setValue("");
        editing = null;
        replyTo = null;
        showContext();
        text.focus();
    }

    /** @param {string} value */
    function setValue(value) {
        text.value = value;
        grow();
        count();
        if (open !== null) store.dispatch({ type: "draft", conversation: open, text: value });
    }

    /** @param {string} character */
    function insert(character) {
        text.focus();
        text.setRangeText(character, text.selectionStart, text.selectionEnd, "end");
        written();
    }

    function showContext() {
        setAttribute(context, "hidden", !replyTo && !editing);
        const words = editing ? t("cancelEdit") : t("cancelReply");
        setAttribute(cancel, "aria-label", words);
        setAttribute(cancel, "title", words);
        if (editing) {
            setText(contextTitle, t("editingFailed"));
            setText(contextText, "");
        } else if (replyTo) {
            const isOwn = replyTo.sender === store.state.me?.id;
            const name = isOwn ? t("you") : nameOf(page, replyTo.sender ?? "");
            setText(contextTitle, t("replyingTo", { name }));
            setText(contextText, summary(replyTo, t));
        }
    }

    return {
        element,
        reply(message) {
            if (editing) leaveContext();
            replyTo = message;
            showContext();
            text.focus();
        },
        editFailed(entry) {
            replyTo = null;
            if (!editing) draftBefore = text.value;
            editing = entry;
            showContext();
            text.value = entry.text;
            grow();
            count();
            text.focus();
        },
        update(state, before) {
            if (state.open !== open) {
                if (open !== null && before) parley.typing(open, false);
                open = state.open;
                tray?.open(open);
                editing = null;
                replyTo = null;
                showContext();
                text.value = open === null ? "" : (state.drafts.get(open) ?? "");
                // Focusing would open the keyboard of a phone.
                if (open !== null && matchMedia("(any-pointer: fine)").matches) {
                    requestAnimationFrame(() => text.focus({ preventScroll: true }));
                }
                grow();
                count();
            } else if (open !== null && !editing && state.drafts !== before?.drafts) {
                const draft = state.drafts.get(open) ?? "";
                if (draft !== text.value && (document.activeElement !== text || text.value === "")) {
                    text.value = draft;
                    grow();
                    count();
                }
            }
            if (state.textMax !== before?.textMax) count();
            const one = open === null ? undefined : state.conversations.get(open);
            const title = one ? (titleOf(one, state.people) ?? t("unnamedGroup")) : "";
            setText(label, t("writeTo", { title }));
        },
        destroy() {
            observer.disconnect();
            isGone = true;
            tray?.destroy();
            emoji.destroy?.();
        },
    };
}
