// The thin line about the connection: nothing while all is well.

import { h, setAttribute, setText } from "../dom.js";
import { explainConnection } from "../explain.js";

/** So long without a connection says nothing yet. */
const QUIET_MS = 2_000;
const BACK_MS = 2_500;

/**
 * @param {import("../types.js").Page} page
 * @returns {import("../types.js").View}
 */
export function bannerView(page) {
    const { t } = page;
    const text = h("span", {});
    const reload = h("button", { type: "button", class: "link", hidden: true, onclick: () => location.reload() });
    setText(reload, t("reload"));
    const element = h("div", { class: "banner", role: "status", hidden: true }, text, reload);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let saysTrouble = false;

    /**
     * @param {string | null} words
     * @param {string} kind
     */
    function show(words, kind) {
        setAttribute(element, "hidden", words === null);
        setAttribute(element, "data-kind", kind);
        setText(text, words ?? "");
        setAttribute(reload, "hidden", kind !== "error");
        saysTrouble = words !== null && kind !== "back";
    }

    return {
        element,
        update(state, before) {
            if (state.connection === before?.connection && state.failure === before?.failure) return;
            clearTimeout(timer);
            if (state.failure !== null) {
                show(explainConnection(state.failure, t), "error");
                return;
            }
            switch (state.connection) {
                case "online":
                    if (!saysTrouble) {
                        show(null, "");
                        return;
                    }
                    show(t("backOnline"), "back");
                    timer = setTimeout(() => show(null, ""), BACK_MS);
                    return;
                case "polling":
                    show(t("slow"), "slow");
                    return;
                case "error":
                    show(explainConnection(null, t), "error");
                    return;
                default:
                    if (saysTrouble) show(t("reconnecting"), "away");
                    else timer = setTimeout(() => show(t("reconnecting"), "away"), QUIET_MS);
            }
        },
        destroy() {
            clearTimeout(timer);
        },
    };
}
