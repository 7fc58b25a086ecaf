// A voice message that is heard: what it looks like, where it is, how fast it goes.

import { h, setAttribute, setText } from "../dom.js";
import { timeText } from "./kinds.js";
import { picture } from "./pictures.js";
import { BARS, peaksOf } from "./wave.js";
import { wordsOf } from "./words.js";

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {{ url: string, peaks: number[], seconds: number }} Recording
 */

const SPEEDS = [1, 1.5, 2];
/** Enough to see speech by; the whole of five minutes takes 10 MB while it is looked at. */
const RATE_HZ = 8_000;
/** So many recordings are kept, decoded to their peaks, for when they come on screen again. */
const KEPT_MAX = 50;

/** @type {Map<string, Promise<Recording>>} */
const recordings = new Map();
/** One speaks at a time. */
let speaking = /** @type {HTMLAudioElement | null} */ (null);

/**
 * @param {string} key
 * @param {() => Promise<Blob>} load
 */
function recordingOf(key, load) {
    const known = recordings.get(key);
    if (known) return known;
    const made = load().then(decoded);
    made.catch(() => recordings.delete(key));
    recordings.set(key, made);
    const [oldest] = recordings;
    if (recordings.size > KEPT_MAX && oldest) {
        recordings.delete(oldest[0]);
        oldest[1].then(({ url }) => URL.revokeObjectURL(url), () => {});
    }
    return made;
}

/**
 * @param {Blob} blob
 * @returns {Promise<Recording>}
 */
async function decoded(blob) {
    const url = URL.createObjectURL(blob);
    try {
        const context = new OfflineAudioContext(1, 1, RATE_HZ);
        const sound = await context.decodeAudioData(await blob.arrayBuffer());
        return { url, peaks: peaksOf(sound.getChannelData(0), BARS), seconds: sound.duration };
    } catch {
        // It may be heard all the same.
        return { url, peaks: [], seconds: 0 };
    }
}

/**
 * @param {Page} page
 * @param {string} key names the recording
 * @param {() => Promise<Blob>} load
 * @param {number} seconds how long it is, where that is known
 */
export function playerView(page, key, load, seconds) {
    const words = wordsOf(page);
    const audio = new Audio();
    const button = h("button", { type: "button", class: "play", onclick: () => void toggle() });
    const bars = h("span", { class: "bars", "aria-hidden": "true" });
    for (let bar = 0; bar < BARS; bar += 1) bars.append(h("i", {}));
    const seek = h("input", { type: "range", class: "seek", min: 0, max: 100, step: "any", value: 0, "aria-label": words("position"), oninput: () => sought() });
    const time = h("span", { class: "player-time" });
    const speed = h("button", { type: "button", class: "speed", onclick: () => faster() });
    const element = h("div", { class: "player", role: "group" }, button, h("span", { class: "wave" }, bars, seek), time, speed);
    let length = seconds;
    let isAsked = false;

    function paint() {
        const isOn = !audio.paused;
        const at = length > 0 ? Math.min(1, audio.currentTime / length) : 0;
        setAttribute(button, "aria-label", words(isOn ? "stop" : "play"));
        setAttribute(button, "title", words(isOn ? "stop" : "play"));
        if (button.dataset.on !== String(isOn)) {
            button.dataset.on = String(isOn);
            button.replaceChildren(picture(isOn ? "pause" : "play"));
        }
        const shown = isOn || audio.currentTime > 0 ? audio.currentTime : length;
        setText(time, timeText(shown));
        if (document.activeElement !== seek || isOn) seek.value = String(100 * at);
        setAttribute(seek, "aria-valuetext", `${timeText(audio.currentTime)} / ${timeText(length)}`);
        for (const [place, bar] of [...bars.children].entries()) bar.classList.toggle("past", at > 0 && place / BARS < at);
        setAttribute(element, "aria-label", words("voice", { time: timeText(length) }));
        setText(speed, `${new Intl.NumberFormat(page.locale).format(audio.playbackRate)}×`);
        setAttribute(speed, "aria-label", words("speed", { speed: audio.playbackRate }));
    }

    async function ready() {
        const recording = await recordingOf(key, load);
        if (audio.src === "") {
            audio.src = recording.url;
            for (const [place, bar] of [...bars.children].entries()) {
                /** @type {HTMLElement} */ (bar).style.blockSize = `${Math.round(3 + 21 * (recording.peaks[place] ?? 0))}px`;
            }
        }
        if (recording.seconds > 0) length = recording.seconds;
        element.dataset.ready = "";
        paint();
    }

    async function toggle() {
        if (!audio.paused) {
            audio.pause();
            return;
        }
        try {
            await ready();
            if (speaking !== audio) speaking?.pause();
            speaking = audio;
            await audio.play();
        } catch {
            page.announce(page.t("errorUnavailable"));
        }
    }

    function sought() {
        if (length > 0 && audio.src !== "") audio.currentTime = (Number(seek.value) / 100) * length;
        paint();
    }

    function faster() {
        const place = SPEEDS.indexOf(audio.playbackRate);
        audio.playbackRate = audio.defaultPlaybackRate = SPEEDS[(place + 1) % SPEEDS.length] ?? 1;
        paint();
    }

    for (const kind of ["play", "pause", "timeupdate", "seeked", "ratechange"]) audio.addEventListener(kind, paint);
    audio.addEventListener("ended", () => {
        audio.currentTime = 0;
        paint();
    });
    paint();
    return {
        element,
        /** Loads it, so that it shows what it is like. */
        look() {
            if (isAsked) return;
            isAsked = true;
            void ready().catch(() => (isAsked = false));
        },
        stop: () => audio.pause(),
    };
}
