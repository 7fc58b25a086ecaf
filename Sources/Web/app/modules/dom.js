// Elements made from values. Text goes in as text nodes, so that nothing a person wrote is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 */

/**
 * An element. Attributes named `on…` are listeners; true and false set and leave out; null leaves out.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function h(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === "function") element.addEventListener(key.slice(2), value);
        else setAttribute(element, key, value);
    }
    for (const child of children) {
        if (child !== null && child !== undefined && child !== false) {
            element.append(typeof child === "number" ? String(child) : child);
        }
    }
    return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function setAttribute(element, name, value) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else if (value === true) element.setAttribute(name, "");
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/**
 * Sets an element's text where it differs, so that nothing is laid out for nothing.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes the children of `parent` those in `wanted`, in that order, moving as few as it can.
 *
 * @param {Element} parent
 * @param {readonly Element[]} wanted
 */
export function arrange(parent, wanted) {
    const keep = new Set(wanted);
    for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
    let place = parent.firstElementChild;
    for (const element of wanted) {
        if (element === place) place = place.nextElementSibling;
        else parent.insertBefore(element, place);
    }
}

/** Paths on a 24 × 24 grid, drawn with strokes of 2. */
const ICONS = {
    back: "M15 5l-7 7 7 7",
    close: "M6 6l12 12M18 6L6 18",
    add: "M12 5v14M5 12h14",
    send: "M4 12l16-8-6 16-3-7z",
    smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 14.5c1.8 2.4 5.2 2.4 7 0M9 9.5h.01M15 9.5h.01",
    people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3.200 2.600 3.5 5.5",
    info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5M12 8h.01",
    down: "M12 5v14M6 13l6 6 6-6",
    up: "M12 19V5M6 11l6-6 6 6",
    reply: "M9 7L4 12l5 5M4 12h9c4 0 6 2 7 6",
    copy: "M9 9h10v11H9zM5 15V4h10",
    bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
    clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.5l3 1.5",
    tick: "M5 13l4.5 4.5L19 7",
    ticks: "M2 13l4.5 4.5L15 8M11 16l1.5 1.5L22 7",
    warning: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v5M12 16h.01",
    chat: "M4 5h16v11H9l-5 4z",
    more: "M12 5.5h.01M12 12h.01M12 18.5h.01",
};

/**
 * A picture that repeats in shape what the words beside it say: screen readers pass over it.
 *
 * @param {keyof typeof ICONS} name
 * @returns {SVGElement}
 */
export function icon(name) {
    return drawn(name, ICONS[name]);
}

/**
 * @param {string} name
 * @param {string} path
 * @returns {SVGElement}
 */
export function drawn(name, path) {
    const drawing = document.createElementNS(SVG, "svg");
    drawing.setAttribute("viewBox", "0 0 24 24");
    drawing.setAttribute("class", `icon icon-${name}`);
    drawing.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", path);
    drawing.append(line);
    return drawing;
}

/**
 * A button that shows a picture and says its name to everyone who can't see it.
 *
 * @param {keyof typeof ICONS} picture
 * @param {string} label
 * @param {(event: MouseEvent) => void} onclick
 * @param {Attributes} [attributes]
 */
export function iconButton(picture, label, onclick, attributes = {}) {
    return h(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...attributes },
        icon(picture),
    );
}
