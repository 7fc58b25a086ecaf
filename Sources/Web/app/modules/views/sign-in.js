// What is shown before the chat.

import { h } from "../dom.js";
import { avatar } from "./people.js";

/**
 * @typedef {import("../types.js").Translate} Translate
 * @typedef {{ id: string, name: string }} Person
 */

const EXAMPLE = [
    'import { createParley } from "/sdk/v1/parley.js";',
    'import { mountChat } from "/app/chat.js";',
    "",
    "const parley = createParley({",
    '    token: async () => (await fetch("/my/token")).text(),',
    "});",
    'mountChat(document.getElementById("chat"), parley);',
].join("\n");

/**
 * @param {Translate} t
 * @param {readonly Person[]} people
 * @param {(person: Person) => void} choose
 */
export function signInScreen(t, people, choose) {
    return screen(
        h("h1", {}, t("whoAreYou")),
        h(
            "ul",
            { class: "faces" },
            ...people.map((person) => {
                const words = t("openAs", { name: person.name });
                return h(
                    "li",
                    {},
                    h(
                        "button",
                        { type: "button", class: "face-button", "aria-label": t("continueAs", { name: person.name }), onclick: () => choose(person) },
                        avatar(person.id, person.name, "large"),
                        h("bdi", {}, person.name),
                    ),
                    h("a", { href: `/#as=${encodeURIComponent(person.id)}`, target: "_blank", rel: "noopener" }, words),
                );
            }),
        ),
        h("p", { class: "small" }, t("demoOnly")),
    );
}

/** @param {Translate} t */
export function embedScreen(t) {
    return screen(
        h("h1", {}, t("embedTitle")),
        h("p", {}, t("embedText")),
        h("pre", { tabindex: 0 }, h("code", {}, EXAMPLE)),
    );
}

/** @param {Translate} t */
export function waitScreen(t) {
    return screen(h("p", { role: "status" }, t("serverAway")));
}

/** @param {...Node} content */
function screen(...content) {
    return h("main", { class: "screen" }, h("div", { class: "card" }, ...content));
}
