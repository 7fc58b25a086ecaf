// Blocking someone and taking it back.

import { h } from "../dom.js";
import { explain } from "../explain.js";
import { ask } from "./dialog.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").User} User
 */

/**
 * A button that blocks or unblocks, as things are.
 *
 * @param {Page} page
 * @param {User} user
 * @param {(words: string) => void} failed
 */
export function blockButton(page, user, failed) {
    const { t } = page;
    const isBlocked = page.store.state.blocked.has(user.id);
    const label = t(isBlocked ? "unblock" : "block", { name: user.name });
    const onclick = async () => {
        if (!isBlocked && !(await ask(page, t("blockQuestion", { name: user.name }), label, true))) return;
        try {
            await page.session.block(user.id, !isBlocked);
        } catch (error) {
            failed(explain(error, t));
        }
    };
    return h("button", { type: "button", class: isBlocked ? "plain" : "plain danger", onclick }, label);
}

/**
 * @param {Page} page
 * @param {User} user
 */
export function unblockNotice(page, user) {
    const { t } = page;
    const problem = h("span", { class: "problem", role: "alert" });
    return h(
        "div",
        { class: "unblock" },
        h("span", {}, t("youBlocked", { name: user.name })),
        blockButton(page, user, (words) => problem.replaceChildren(words)),
        problem,
    );
}
