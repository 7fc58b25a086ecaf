// Starting a conversation, direct or group, and adding people to a group.

import { uuidV7 } from "/sdk/v1/parley.js";
import { h, setAttribute, setText } from "../dom.js";
import { explain } from "../explain.js";
import { openDialog } from "./dialog.js";
import { peoplePicker } from "./people-picker.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").User} User
 */

/** Members that one `member.add` takes. */
const ADD_MAX = 100;

/** @param {Page} page */
export function newConversationDialog(page) {
    const { t, session } = page;
    /** @type {readonly User[]} */
    let chosen = [];
    // The same id again, after a failure that may not have been one, is the same group.
    const id = uuidV7(Date.now(), Math.random);
    const picker = peoplePicker(page, (people) => {
        chosen = people;
        show();
    }, new Set());
    const asGroup = h("input", { type: "checkbox", onchange: () => show() });
    const groupChoice = h("label", { class: "check" }, asGroup, t("asGroup"));
    const title = h("input", { class: "field", maxlength: 200, "aria-label": t("groupName"), placeholder: t("groupName"), dir: "auto" });
    const history = h("input", { type: "checkbox" });
    history.checked = true;
    const details = h("div", { class: "group-details" }, title, h("label", { class: "check" }, history, t("laterMembers")));
    const problem = h("p", { class: "problem", role: "alert" });
    const button = h("button", { type: "submit", class: "main-button" });
    const form = h(
        "form",
        {
            onsubmit: (/** @type {Event} */ event) => {
                event.preventDefault();
                void begin();
            },
        },
        picker.element,
        groupChoice,
        details,
        problem,
        h("div", { class: "buttons" }, button),
    );

    const isGroup = () => chosen.length > 1 || asGroup.checked;

    function show() {
        setAttribute(groupChoice, "hidden", chosen.length > 1);
        setAttribute(details, "hidden", !isGroup());
        setAttribute(button, "disabled", chosen.length === 0 && !asGroup.checked);
        setText(button, isGroup() ? t("createGroup") : t("startChat"));
    }

    async function begin() {
        const members = chosen.map((user) => user.id);
        if (members.length === 0 && !asGroup.checked) return;
        button.disabled = true;
        setText(problem, "");
        try {
            const name = title.value.trim();
            const made = await session.create(
                isGroup()
                    ? {
                          kind: "group",
                          id,
                          members,
                          history: history.checked ? "all" : "since_join",
                          ...(name ? { title: name } : {}),
                      }
                    : { kind: "direct", members },
            );
            dialog.close();
            session.open(made);
        } catch (error) {
            setText(problem, explain(error, t));
            button.disabled = false;
        }
    }

    show();
    const dialog = openDialog(page, t("newConversation"), [form]);
    picker.input.focus();
}

/**
 * @param {Page} page
 * @param {string} conversation
 */
export function addPeopleDialog(page, conversation) {
    const { t, session, store } = page;
    const members = store.state.members.get(conversation)?.members ?? [];
    /** @type {readonly User[]} */
    let chosen = [];
    const problem = h("p", { class: "problem", role: "alert" });
    const button = h("button", { type: "submit", class: "main-button", disabled: true }, t("add"));
    const picker = peoplePicker(page, (people) => {
        chosen = people;
        button.disabled = people.length === 0 || people.length > ADD_MAX;
    }, new Set(members.map((member) => member.user)));
    const add = async () => {
        button.disabled = true;
        try {
            await session.ask("member.add", { conversation, users: chosen.map((user) => user.id) });
            dialog.close();
        } catch (error) {
            setText(problem, explain(error, t));
            button.disabled = false;
        }
    };
    const onsubmit = (/** @type {Event} */ event) => {
        event.preventDefault();
        void add();
    };
    const dialog = openDialog(page, t("addPeople"), [
        h("form", { onsubmit }, picker.element, problem, h("div", { class: "buttons" }, button)),
    ]);
    picker.input.focus();
}
