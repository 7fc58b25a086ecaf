// A small choice of common emoji. Whoever wants another has the system's own picker.

import { h, iconButton, setAttribute } from "../dom.js";

const COMMON = (
    "😀 😄 😁 😂 🤣 😊 🙂 😉 😍 🥰 😘 😎 🤩 🥳 😇 🤗 🤔 🤨 😐 🙄 😏 😬 😴 🤤 😋 😜 🤪 😅 😢 😭 😤 😠 😱 😳 🥺 😷 🤒 🤯 "
    + "👍 👎 👌 ✌️ 🤞 🤙 👋 🙌 👏 🙏 💪 🤝 👀 🫶 ❤️ 🧡 💛 💚 💙 💜 🖤 💔 💯 🔥 ✨ ⭐ 🎉 🎂 🎁 🏆 🌈 ☀️ 🌧️ ❄️ 🌱 🌸 🐶 🐱 🦊 🐢 "
    + "☕ 🍺 🍷 🍕 🍔 🥨 🍰 🍎 🥑 🍿 ⚽ 🚲 🚗 🚆 ✈️ 🏠 💻 📱 📎 📌 📅 ⏰ 💡 🔑 🔒 ✅ ❌ ❓ ❗ 🚀"
).split(" ");
const COLUMNS = 8;

/**
 * @param {import("../types.js").Page} page
 * @param {(emoji: string) => void} choose
 * @returns {{ element: HTMLElement, destroy(): void }}
 */
export function emojiButton(page, choose) {
    const { t } = page;
    const button = iconButton("smile", t("emoji"), () => toggle(), { "aria-expanded": "false", "aria-haspopup": "true" });
    const grid = h("div", { class: "emoji", role: "group", "aria-label": t("emoji"), hidden: true, onkeydown: move });
    const element = h("div", { class: "emoji-holder" }, button, grid);

    function toggle(on = grid.hidden) {
        if (on && grid.childElementCount === 0) fill();
        setAttribute(grid, "hidden", !on);
        setAttribute(button, "aria-expanded", String(on));
        if (on) /** @type {HTMLElement | null} */ (grid.querySelector("[tabindex='0']"))?.focus();
    }

    function fill() {
        for (const [place, emoji] of COMMON.entries()) {
            const onclick = () => {
                toggle(false);
                choose(emoji);
            };
            grid.append(h("button", { type: "button", tabindex: place === 0 ? 0 : -1, onclick }, emoji));
        }
    }

    /** @param {KeyboardEvent} event */
    function move(event) {
        const buttons = /** @type {HTMLElement[]} */ ([...grid.children]);
        const place = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        const ahead = getComputedStyle(grid).direction === "rtl" ? -1 : 1;
        const step = { ArrowRight: ahead, ArrowLeft: -ahead, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
        if (event.key === "Escape") {
            event.stopPropagation();
            event.preventDefault();
            toggle(false);
            button.focus();
        } else if (step !== undefined) {
            event.preventDefault();
            const next = buttons[Math.max(0, Math.min(buttons.length - 1, place + step))];
            for (const one of buttons) one.tabIndex = one === next ? 0 : -1;
            next?.focus();
        }
    }

    /** @param {Event} event */
    function outside(event) {
        if (!grid.hidden && !element.contains(/** @type {Node} */ (event.target))) toggle(false);
    }
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return {
        element,
        destroy() {
            document.removeEventListener("pointerdown", outside);
            document.removeEventListener("focusin", outside);
        },
    };
}
