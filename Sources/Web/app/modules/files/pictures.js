// The drawings that only files and voice need.

import { drawn, h } from "../dom.js";

/** Paths on a 24 × 24 grid, drawn with strokes of 2. */
const PICTURES = {
    clip: "M20 11.5l-8 8a5 5 0 0 1-7-7l8.500-8.500a3.400 3.400 0 0 1 4.800 4.800L9.800 17.300a1.700 1.700 0 0 1-2.400-2.400l7.600-7.600",
    microphone: "M12 4a2.500 2.500 0 0 0-2.500 2.500v5a2.500 2.500 0 0 0 5 0v-5A2.500 2.500 0 0 0 12 4M6 11.500a6 6 0 0 0 12 0M12 17.500V21",
    play: "M8 5.500l10 6.500-10 6.500z",
    pause: "M8.500 6v12M15.500 6v12",
    stop: "M7 7h10v10H7z",
    bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
    again: "M19 12a7 7 0 1 1-2.500-5.400M17 3v4h-4",
    close: "M6 6l12 12M18 6L6 18",
    send: "M4 12l16-8-6 16-3-7z",
    download: "M12 4v11M7 11l5 5 5-5M5 20h14",
    previous: "M15 5l-7 7 7 7",
    next: "M9 5l7 7-7 7",
    image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
    pdf: "M6 3h8l4 4v14H6zM14 3v4h4M9 13h6M9 16h4",
    audio: "M9 18V6l10-2v12M9 18a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0M19 16a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0",
    video: "M4 6h11v12H4zM15 10l5-3v10l-5-3",
    text: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 15h6M9 18h3",
    table: "M4 5h16v14H4zM4 10h16M4 14.500h16M10 5v14",
    slides: "M4 5h16v11H4zM12 16v4M8 20h8",
    archive: "M5 4h14v5H5zM6 9v11h12V9M10 13h4",
    other: "M6 3h8l4 4v14H6zM14 3v4h4",
};

/** @typedef {keyof typeof PICTURES} Picture */

/** @param {Picture} name */
export function picture(name) {
    return drawn(name, PICTURES[name]);
}

/**
 * @param {Picture} name
 * @param {string} label
 * @param {(event: MouseEvent) => void} onclick
 * @param {import("../dom.js").Attributes} [attributes]
 */
export function pictureButton(name, label, onclick, attributes = {}) {
    return h(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...attributes },
        picture(name),
    );
}
