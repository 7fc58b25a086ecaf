// Choosing people by name.

import { h, setAttribute, setText } from "../dom.js";
import { avatar } from "./people.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").User} User
 */

/** Typing gathers for so long before the server is asked. */
const GATHER_MS = 200;
const FOUND_MAX = 20;

/**
 * @param {Page} page
 * @param {(chosen: readonly User[]) => void} changed
 * @param {ReadonlySet<string>} without who can't be chosen
 * @returns {{ element: HTMLElement, input: HTMLInputElement }}
 */
export function peoplePicker(page, changed, without) {
    const { t, session, store } = page;
    /** @type {Map<string, User>} */
    const chosen = new Map();
    const input = h("input", {
        type: "search",
        class: "field",
        placeholder: t("searchPeople"),
        "aria-label": t("searchPeople"),
        autocomplete: "off",
        maxlength: 100,
        oninput: () => searchSoon(),
    });
    const list = h("ul", { class: "people", "aria-label": t("people") });
    const note = h("p", { class: "empty", role: "status" });
    const element = h("div", { class: "picker" }, input, note, list);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let asked = 0;

    function searchSoon() {
        clearTimeout(timer);
        timer = setTimeout(() => void search(), GATHER_MS);
    }

    async function search() {
        const query = input.value.trim();
        asked += 1;
        const turn = asked;
        if (query === "") {
            show(known());
            return;
        }
        try {
            const reply = await session.ask("user.search", { query, limit: FOUND_MAX });
            if (turn !== asked) return;
            store.dispatch({ type: "people", users: reply.users });
            show(reply.users);
        } catch {
            if (turn === asked) show(known().filter((user) => user.name.toLowerCase().includes(query.toLowerCase())));
        }
    }

    /**
     * The people of the conversations there are, for whom nobody has to be asked.
     *
     * @returns {User[]}
     */
    function known() {
        const { people } = store.state;
        return [...people.values()].sort((a, b) => a.name.localeCompare(b.name, page.locale)).slice(0, FOUND_MAX);
    }

    /** @param {readonly User[]} users */
    function show(users) {
        const others = users.filter((user) => !without.has(user.id) && user.id !== store.state.me?.id);
        const all = [...chosen.values(), ...others.filter((user) => !chosen.has(user.id))];
        list.replaceChildren(...all.map((user) => choice(user)));
        setAttribute(list, "hidden", all.length === 0);
        const query = input.value.trim();
        setText(note, all.length > 0 ? "" : query ? t("nothingFound", { query }) : t("typeToSearch"));
    }

    /** @param {User} user */
    function choice(user) {
        const box = h("input", {
            type: "checkbox",
            onchange: () => {
                if (box.checked) chosen.set(user.id, user);
                else chosen.delete(user.id);
                changed([...chosen.values()]);
            },
        });
        box.checked = chosen.has(user.id);
        const id = user.id === user.name ? null : h("span", { class: "id" }, user.id);
        return h("li", {}, h("label", { class: "person" }, box, avatar(user.id, user.name, "small"), h("bdi", {}, user.name), id));
    }

    show(known());
    return { element, input };
}
