// Settings and the list of keys.

import { h, setText } from "../dom.js";
import { explain } from "../explain.js";
import { languages } from "../i18n.js";
import { pushState, startPush, stopPush } from "../push.js";
import { applyTheme } from "../theme.js";
import { openDialog } from "./dialog.js";
import { avatar, nameOf } from "./people.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").Table} Table
 */

/** @param {Page} page */
export function settingsDialog(page) {
    const { t, store, session, preferences, options } = page;
    const { me, status } = store.state;
    const blocked = h("div", {});
    const problem = h("p", { class: "problem", role: "alert" });
    const signOut = async () => {
        dialog.close();
        // Whoever signs in next on this device is not to see what this person is told.
        await stopPush(page).catch(() => {});
        options.onSignOut?.();
    };
    const showBlocked = () => blocked.replaceChildren(blockedPeople(page, problem));
    const dialog = openDialog(
        page,
        t("settings"),
        [
            me ? h("div", { class: "portrait" }, avatar(me.id, me.name, "large"), h("bdi", { class: "portrait-name" }, me.name)) : null,
            choice(page, "yourStatus", status, [["online", t("online")], ["away", t("away")], ["invisible", t("invisible")]], (value) => {
                session.presence.setStatus(/** @type {import("../types.js").Status} */ (value));
            }),
            choice(
                page,
                "theme",
                preferences.get("theme") ?? "system",
                [["system", t("themeSystem")], ["light", t("themeLight")], ["dark", t("themeDark")]],
                (value) => {
                    preferences.set("theme", value);
                    applyTheme(page.root, value);
                },
            ),
            choice(
                page,
                "language",
                page.root.lang,
                languages.map(({ code, name }) => [code, name]),
                (value) => {
                    preferences.set("language", value);
                    dialog.close();
                    page.restart();
                },
            ),
            options.useAddress ? notifications(page, problem) : null,
            h("h3", {}, t("blockedPeople")),
            blocked,
            problem,
            h(
                "div",
                { class: "panel-buttons" },
                h("button", { type: "button", class: "plain", onclick: () => shortcutsDialog(page) }, t("shortcuts")),
                options.onSignOut
                    ? h("button", { type: "button", class: "plain", onclick: () => void signOut() }, t("signOut"))
                    : null,
            ),
        ],
        { onclose: () => end() },
    );
    const end = store.subscribe(showBlocked);
    showBlocked();
}

/**
 * A switch, where notifications can be had; nothing elsewhere.
 *
 * @param {Page} page
 * @param {HTMLElement} problem
 */
function notifications(page, problem) {
    const { t } = page;
    const button = h("button", { type: "button", class: "plain", role: "switch" });
    const words = h("span", {}, t("notifications"));
    const setting = h("div", { class: "setting", hidden: "" }, words, button);
    const show = async () => {
        const state = await pushState();
        setting.hidden = state === "none";
        button.disabled = state === "denied";
        button.setAttribute("aria-checked", String(state === "on"));
        button.setAttribute("aria-label", t("notifications"));
        setText(button, t(state === "denied" ? "notificationsDenied" : state === "on" ? "notificationsOn" : "notificationsOff"));
    };
    button.onclick = async () => {
        button.disabled = true;
        setText(problem, "");
        try {
            await (button.getAttribute("aria-checked") === "true" ? stopPush(page) : startPush(page));
        } catch {
            setText(problem, t("notificationsFailed"));
        }
        await show();
    };
    void show();
    return setting;
}

/**
 * @param {Page} page
 * @param {HTMLElement} problem
 */
function blockedPeople(page, problem) {
    const { t, store, session } = page;
    const users = [...store.state.blocked];
    if (users.length === 0) return h("p", { class: "empty" }, t("nobodyBlocked"));
    return h(
        "ul",
        { class: "people" },
        ...users.map((user) => {
            const name = nameOf(page, user);
            const onclick = () => session.block(user, false).catch((error) => setText(problem, explain(error, t)));
            return h(
                "li",
                { class: "person" },
                avatar(user, name, "small"),
                h("bdi", { class: "person-words" }, name),
                h("button", { type: "button", class: "plain", onclick }, t("unblock", { name })),
            );
        }),
    );
}

/**
 * @param {Page} page
 * @param {keyof Table} label
 * @param {string} value
 * @param {readonly (readonly [string, string])[]} choices
 * @param {(value: string) => void} chosen
 */
function choice(page, label, value, choices, chosen) {
    /** @type {HTMLSelectElement} */
    const select = h("select", { class: "field", onchange: () => chosen(select.value) });
    for (const [key, words] of choices) select.append(h("option", { value: key }, words));
    select.value = value;
    return h("label", { class: "setting" }, h("span", {}, page.t(label)), select);
}

/** @type {readonly (readonly [readonly string[], keyof Table])[]} */
const KEYS = [
    [["/", "Ctrl K"], "keySearch"],
    [["Alt ↑", "Alt ↓"], "keyConversations"],
    [["Enter"], "keySend"],
    [["Shift Enter"], "keyBreak"],
    [["Esc"], "keyClose"],
    [["↑", "↓"], "keyMove"],
    [["R"], "keyReply"],
    [["C"], "keyCopy"],
    [["I"], "keyRead"],
    [["Del"], "delete"],
    [["?"], "keyShortcuts"],
];

/** @param {Page} page */
export function shortcutsDialog(page) {
    const { t } = page;
    const rows = KEYS.flatMap(([keys, words]) => [
        h("dt", {}, ...keys.flatMap((key, place) => [place > 0 ? " " : null, h("kbd", {}, key)])),
        h("dd", {}, t(words)),
    ]);
    openDialog(page, t("shortcuts"), [h("dl", { class: "keys" }, ...rows)]);
}
