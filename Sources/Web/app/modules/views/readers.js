// Who has read an own message in a group, who has received it, who has not.

import { h } from "../dom.js";
import { readersOf } from "../state/delivery.js";
import { openDialog } from "./dialog.js";
import { avatar, nameOf } from "./people.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").Member} Member
 */

/**
 * @param {Page} page
 * @param {import("../types.js").Message} message
 */
export async function readersDialog(page, message) {
    const { t, store } = page;
    const body = h("div", { class: "readers" });
    /** @type {() => void} */
    let end = () => {};
    openDialog(page, t("details"), [body], { onclose: () => end() });
    const show = (/** @type {readonly Member[]} */ members) => {
        const { read, received, pending } = readersOf(members, message, message.sender);
        body.replaceChildren(
            ...section(page, t("readHeading"), read, t("nobodyYet")),
            ...section(page, t("receivedHeading"), received, null),
            ...section(page, t("pendingHeading"), pending, null),
        );
    };
    show(await page.session.freshMembers(message.conversation));
    end = store.subscribe((state) => show(state.members.get(message.conversation)?.members ?? []));
}

/**
 * @param {Page} page
 * @param {string} title
 * @param {readonly Member[]} members
 * @param {string | null} empty what it says without any; null: nothing at all
 */
function section(page, title, members, empty) {
    if (members.length === 0 && empty === null) return [];
    const people = members.map(({ user }) => {
        const name = nameOf(page, user);
        return h("li", { class: "person" }, avatar(user, name, "small"), h("bdi", {}, name));
    });
    const list = people.length > 0 ? h("ul", { class: "people" }, ...people) : h("p", { class: "empty" }, empty ?? "");
    return [h("h3", {}, title), list];
}
