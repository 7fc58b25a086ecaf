// The panel beside a conversation: about the other, or about the group and its members.

import { h, iconButton, setAttribute, setText } from "../dom.js";
import { explain } from "../explain.js";
import { openDialogOf } from "../parts.js";
import { titleOf } from "../state/conversations.js";
import { Times } from "../time.js";
import { blockButton } from "./blocking.js";
import { ask } from "./dialog.js";
import { memberItem } from "./member.js";
import { avatar, nameOf, presenceText } from "./people.js";

/**
 * @typedef {import("../types.js").AppState} AppState
 * @typedef {import("../types.js").Conversation} Conversation
 * @typedef {import("../types.js").Page} Page
 */

const ROLES = { owner: 0, admin: 1, member: 2 };

/**
 * @param {Page} page
 * @returns {import("../types.js").View}
 */
export function panelView(page) {
    const { t, store, session } = page;
    const times = new Times(page.locale, t);
    const title = h("h2", { id: "panel-title" });
    const body = h("div", { class: "panel-body" });
    const problem = h("p", { class: "problem", role: "alert" });
    const close = iconButton("close", t("close"), () => toggle(false));
    const element = h(
        "section",
        { class: "panel", hidden: true, tabindex: -1, "aria-labelledby": "panel-title" },
        h("div", { class: "bar" }, title, close),
        problem,
        body,
    );
    let isShown = false;
    let isRenaming = false;

    /** @param {boolean} [on] */
    function toggle(on = !isShown) {
        if (on === isShown) return;
        isShown = on;
        isRenaming = false;
        setText(problem, "");
        setAttribute(element, "hidden", !on);
        setAttribute(page.root, "data-panel", on);
        page.root.dispatchEvent(new CustomEvent("panelshown", { detail: on }));
        if (on) {
            show(store.state);
            element.focus();
        } else {
            /** @type {HTMLElement | null} */ (page.root.querySelector(".about"))?.focus();
        }
    }
    page.root.addEventListener("panel", (event) => {
        const { detail } = /** @type {CustomEvent<boolean | null>} */ (event);
        toggle(detail ?? undefined);
    });

    /** @param {Promise<unknown>} done */
    function doing(done) {
        setText(problem, "");
        done.catch((error) => setText(problem, explain(error, t)));
    }

    /** @param {AppState} state */
    function show(state) {
        const one = state.open === null ? undefined : state.conversations.get(state.open);
        if (!one) {
            toggle(false);
            return;
        }
        const focused = focusOf(body);
        const scrolled = body.scrollTop;
        if (one.kind === "direct") showPerson(state, one);
        else showGroup(state, one);
        body.scrollTop = scrolled;
        giveFocus(body, focused);
    }

    /**
     * @param {AppState} state
     * @param {Conversation} one
     */
    function showPerson(state, one) {
        const other = one.other;
        if (!other) return;
        const name = state.people.get(other.id)?.name ?? other.name;
        const presence = presenceText(page, times, state.presences.get(other.id));
        setText(title, t("aboutPerson", { name }));
        body.replaceChildren(
            h(
                "div",
                { class: "portrait" },
                avatar(other.id, name, "large"),
                h("bdi", { class: "portrait-name" }, name),
                h("span", { class: "id" }, other.id),
                presence === null ? null : h("span", {}, presence),
            ),
            h("div", { class: "panel-buttons" }, blockButton(page, { ...other, name }, (words) => setText(problem, words))),
        );
    }

    /**
     * @param {AppState} state
     * @param {Conversation} one
     */
    function showGroup(state, one) {
        const list = state.members.get(one.id);
        const name = titleOf(one, state.people) ?? t("unnamedGroup");
        const manages = one.role === "owner" || one.role === "admin";
        const members = [...(list?.members ?? [])].sort(
            (a, b) => ROLES[a.role] - ROLES[b.role] || nameOf(page, a.user).localeCompare(nameOf(page, b.user), page.locale),
        );
        setText(title, t("aboutGroup"));
        const face = avatar(one.id, name, "large");
        face.classList.add("group");
        body.replaceChildren(
            h("div", { class: "portrait" }, face, isRenaming ? renameForm(one) : h("bdi", { class: "portrait-name" }, name)),
            h(
                "div",
                { class: "panel-buttons" },
                manages && !isRenaming
                    ? h("button", { type: "button", class: "plain", onclick: () => rename(true) }, t("rename"))
                    : null,
                manages
                    ? h("button", { type: "button", class: "plain", onclick: () => openDialogOf("addPeopleDialog", page, one.id) }, t("addPeople"))
                    : null,
                h("button", { type: "button", class: "plain danger", onclick: () => void leave(one, name) }, t("leave")),
            ),
            h("h3", {}, t("memberCount", { count: one.member_count })),
            h(
                "ul",
                { class: "people" },
                ...members.map((member) => memberItem(page, times, one, member, doing)),
            ),
        );
        if (list?.cursor) {
            const onclick = () => doing(session.loadMoreMembers(one.id));
            body.append(h("button", { type: "button", class: "quiet", onclick }, t("loadMore")));
        }
    }

    /** @param {boolean} on */
    function rename(on) {
        isRenaming = on;
        show(store.state);
        if (on) body.querySelector("input")?.select();
    }

    /** @param {Conversation} one */
    function renameForm(one) {
        const input = h("input", { class: "field", "aria-label": t("groupName"), maxlength: 200, dir: "auto" });
        input.value = one.title ?? "";
        const onsubmit = (/** @type {Event} */ event) => {
            event.preventDefault();
            const name = input.value.trim();
            rename(false);
            doing(session.ask("conversation.update", { conversation: one.id, title: name }));
        };
        const onkeydown = (/** @type {KeyboardEvent} */ event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            rename(false);
        };
        return h(
            "form",
            { class: "rename", onsubmit, onkeydown },
            input,
            h("button", { type: "submit", class: "main-button" }, t("save")),
        );
    }

    /**
     * @param {Conversation} one
     * @param {string} name
     */
    async function leave(one, name) {
        if (!(await ask(page, t("leaveQuestion", { title: name }), t("leave"), true))) return;
        doing(session.ask("conversation.leave", { conversation: one.id }).then(() => {
            if (store.state.open === one.id) session.close();
        }));
    }

    return {
        element,
        update(state, before) {
            if (!isShown) return;
            if (state.open === null) {
                toggle(false);
                return;
            }
            const same = before
                && state.open === before.open
                && state.conversations.get(state.open) === before.conversations.get(state.open)
                && state.members.get(state.open) === before.members.get(state.open)
                && state.people === before.people
                && state.presences === before.presences
                && state.blocked === before.blocked;
            // What is being written in the panel is not taken away by what happens elsewhere.
            if (!same && !(isRenaming && state.open === before?.open)) {
                if (state.open !== before?.open) isRenaming = false;
                show(state);
            }
        },
    };
}

/**
 * Which of the buttons has the focus, to give it back after they were made anew.
 *
 * @param {HTMLElement} body
 */
function focusOf(body) {
    return [...body.querySelectorAll("button, summary")].indexOf(/** @type {Element} */ (document.activeElement));
}

/**
 * @param {HTMLElement} body
 * @param {number} place
 */
function giveFocus(body, place) {
    if (place < 0) return;
    const button = /** @type {HTMLElement | undefined} */ ([...body.querySelectorAll("button, summary")][place]);
    button?.focus();
}
