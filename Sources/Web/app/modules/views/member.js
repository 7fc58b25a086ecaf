// One member of a group, with what may be done about them.

import { h, icon, setAttribute } from "../dom.js";
import { ask } from "./dialog.js";
import { PresenceDot, avatar, nameOf, presenceText } from "./people.js";

/**
 * @typedef {import("../types.js").Conversation} Conversation
 * @typedef {import("../types.js").Member} Member
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").Role} Role
 */

/**
 * @param {Page} page
 * @param {import("../time.js").Times} times
 * @param {Conversation} one
 * @param {Member} member
 * @param {(done: Promise<unknown>) => void} doing says what went wrong
 */
export function memberItem(page, times, one, member, doing) {
    const { t, store } = page;
    const { me, presences } = store.state;
    const name = nameOf(page, member.user);
    const isMe = member.user === me?.id;
    const dot = new PresenceDot();
    const presence = isMe ? undefined : presences.get(member.user);
    dot.update(page, presence);
    const words = [
        member.role === "member" ? null : t(member.role),
        presenceText(page, times, presence),
    ].filter((word) => word !== null);
    return h(
        "li",
        { class: "person" },
        h("span", { class: "face" }, avatar(member.user, name, "small"), dot.element),
        h(
            "span",
            { class: "person-words" },
            h("bdi", {}, isMe ? `${name} (${t("you")})` : name),
            words.length > 0 ? h("span", { class: "id" }, words.join(" · ")) : null,
        ),
        isMe ? null : menu(page, name, actions(page, one, member, name, doing)),
    );
}

/**
 * What the contract lets the reader do: owners set any role; admins remove and promote plain members.
 *
 * @param {Page} page
 * @param {Conversation} one
 * @param {Member} member
 * @param {string} name
 * @param {(done: Promise<unknown>) => void} doing
 * @returns {{ words: string, danger?: boolean, onclick: () => void }[]}
 */
function actions(page, one, member, name, doing) {
    const { t, session, store } = page;
    const { user } = member;
    const role = (/** @type {Role} */ wanted) => () =>
        doing(session.ask("member.role", { conversation: one.id, user, role: wanted }));
    const isBlocked = store.state.blocked.has(user);
    const found = [];
    found.push({
        words: t("writeToPerson", { name }),
        onclick: () => doing(session.create({ kind: "direct", members: [user] }).then((id) => session.open(id))),
    });
    const isOwner = one.role === "owner";
    const mayTouch = isOwner || (one.role === "admin" && member.role === "member");
    if (mayTouch && member.role !== "admin") found.push({ words: t("makeAdmin"), onclick: role("admin") });
    if (isOwner && member.role !== "owner") found.push({ words: t("makeOwner"), onclick: role("owner") });
    if (isOwner && member.role !== "member") found.push({ words: t("makeMember"), onclick: role("member") });
    if (mayTouch) {
        found.push({
            words: t("removeMember"),
            danger: true,
            onclick: async () => {
                if (!(await ask(page, t("removeQuestion", { name }), t("removeMember"), true))) return;
                doing(session.ask("member.remove", { conversation: one.id, users: [user] }));
            },
        });
    }
    found.push({
        words: t(isBlocked ? "unblock" : "block", { name }),
        danger: !isBlocked,
        onclick: async () => {
            if (!isBlocked && !(await ask(page, t("blockQuestion", { name }), t("block", { name }), true))) return;
            doing(session.block(user, !isBlocked));
        },
    });
    return found;
}

/**
 * A button that shows a list of buttons under it.
 *
 * @param {Page} page
 * @param {string} name
 * @param {{ words: string, danger?: boolean, onclick: () => void }[]} choices
 */
function menu(page, name, choices) {
    const label = page.t("actionsFor", { name });
    const list = h("div", { class: "menu", hidden: true });
    const button = h(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, title: label, "aria-expanded": "false", onclick: () => toggle() },
        icon("more"),
    );
    const holder = h("div", { class: "menu-holder", onkeydown, onfocusout }, button, list);

    function toggle(on = list.hidden) {
        setAttribute(list, "hidden", !on);
        setAttribute(button, "aria-expanded", String(on));
        if (on) list.querySelector("button")?.focus();
    }

    /** @param {KeyboardEvent} event */
    function onkeydown(event) {
        if (list.hidden) return;
        const buttons = [...list.querySelectorAll("button")];
        const place = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
        if (event.key === "Escape") {
            event.stopPropagation();
            toggle(false);
            button.focus();
        } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            buttons[(place + (event.key === "ArrowDown" ? 1 : buttons.length - 1)) % buttons.length]?.focus();
        }
    }

    /** @param {FocusEvent} event */
    function onfocusout(event) {
        if (!holder.contains(/** @type {Node | null} */ (event.relatedTarget))) toggle(false);
    }

    for (const { words, danger, onclick } of choices) {
        const choose = () => {
            toggle(false);
            onclick();
        };
        list.append(h("button", { type: "button", class: danger ? "choice danger" : "choice", onclick: choose }, words));
    }
    return holder;
}
