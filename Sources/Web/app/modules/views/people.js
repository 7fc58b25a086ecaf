// People as they are shown everywhere: a name, a face of initials, a dot for presence.

import { h, setAttribute, setText } from "../dom.js";
import { hueOf, initials } from "../text.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").Presence} Presence
 */

/**
 * A person's name; their id until it is known.
 *
 * @param {Page} page
 * @param {string} id
 */
export function nameOf(page, id) {
    const known = page.store.state.people.get(id);
    if (!known) page.session.names.need(id);
    return known?.name ?? id;
}

/**
 * A face of initials in a colour of its own. Names are beside it, so screen readers pass over it.
 *
 * @param {string} id whose hue it has
 * @param {string} name
 * @param {string} [size] `small`, `large`
 */
export function avatar(id, name, size = "") {
    const element = h("span", { class: `avatar ${size}`, "aria-hidden": "true" });
    paintAvatar(element, id, name);
    return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} id
 * @param {string} name
 */
export function paintAvatar(element, id, name) {
    element.style.setProperty("--hue", String(hueOf(id)));
    setText(element, initials(name));
}

/**
 * What a presence means in words; null where nothing is known.
 *
 * @param {Page} page
 * @param {import("../time.js").Times} times
 * @param {Presence | undefined} presence
 * @returns {string | null}
 */
export function presenceText(page, times, presence) {
    if (!presence) return null;
    const words = presence.status === "offline" && presence.last_seen
        ? times.lastSeen(presence.last_seen, new Date())
        : page.t(presence.status);
    return presence.text ? `${words} · ${presence.text}` : words;
}

/** A dot with a shape for each status: full, half, ring. */
export class PresenceDot {
    element = h("span", { class: "dot", hidden: true });

    /**
     * @param {Page} page
     * @param {Presence | undefined} presence
     */
    update(page, presence) {
        setAttribute(this.element, "hidden", presence === undefined);
        if (!presence) return;
        setAttribute(this.element, "data-status", presence.status);
        setAttribute(this.element, "title", page.t(presence.status));
    }
}
