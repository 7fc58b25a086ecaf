// A voice message that is spoken: how loud it is, held on, heard before it goes, or thrown away.

import { h, setAttribute, setText } from "../dom.js";
import { timeText } from "./kinds.js";
import { pictureButton } from "./pictures.js";
import { playerView } from "./player.js";
import { BARS, levelOf } from "./wave.js";
import { wordsOf } from "./words.js";

/** @typedef {import("../types.js").Page} Page */

/** Longer than this nobody listens; a recording that was forgotten ends. */
const SECONDS_MAX = 300;
/** The time that is left is told from here on. */
const LEFT_FROM = 30;
const TICK_MS = 100;
/** Speech is clear at so much in Opus, and five minutes are 1.2 MB (RFC 7587 §3.1.1: 28 to 40 kbit/s for wide speech). */
const BITS_PER_SECOND = 32_000;
/** What browsers record speech as, the best first, and what such files are called. */
const FORMATS = [["audio/webm;codecs=opus", "webm"], ["audio/ogg;codecs=opus", "ogg"], ["audio/mp4", "m4a"]];

const format = () => (globalThis.MediaRecorder ? FORMATS.find(([type]) => MediaRecorder.isTypeSupported(type ?? "")) : undefined);

/** Not on pages without TLS, nor in browsers that can't record. */
export const canRecord = () => format() !== undefined && navigator.mediaDevices !== undefined;

/**
 * @param {Page} page
 * @param {HTMLElement} composer
 * @param {(file: Blob, name: string) => void} send
 */
export function recorderView(page, composer, send) {
    const words = wordsOf(page);
    const bars = h("span", { class: "bars", role: "meter", "aria-label": words("level"), "aria-valuemin": 0, "aria-valuemax": 100 });
    for (let bar = 0; bar < BARS; bar += 1) bars.append(h("i", {}));
    const dot = h("span", { class: "recording-dot", "aria-hidden": "true" });
    const time = h("span", { class: "player-time", role: "timer" });
    const state = h("span", { class: "unseen", role: "status" });
    const left = h("p", { class: "hint", role: "status" });
    const problem = h("p", { class: "hint problem", role: "alert" });
    const hold = pictureButton("pause", words("pause"), () => toggle());
    const finish = pictureButton("stop", words("finish"), () => void stopped());
    const live = h("span", { class: "recorder-live" }, dot, time, bars, hold, finish);
    const heard = h("span", { class: "recorder-heard", hidden: true });
    const go = pictureButton("send", words("sendVoice"), () => void sent(), { class: "send" });
    const bin = pictureButton("bin", words("discard"), () => discard(true));
    const row = h("div", { class: "recorder", role: "group", "aria-label": words("recording"), hidden: true, onkeydown: key }, bin, live, heard, go);
    const element = h("div", {}, row, state, left, problem);
    const write = /** @type {HTMLElement} */ (composer.querySelector(".write"));
    /** @type {MediaRecorder | null} */
    let recorder = null;
    /** @type {MediaStream | null} */
    let stream = null;
    /** @type {AudioContext | null} */
    let context = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    let timer;
    /** @type {Blob[]} */
    let pieces = [];
    /** @type {number[]} */
    let levels = [];
    /** @type {ReturnType<typeof playerView> | null} */
    let player = null;
    let seconds = 0;
    let asked = 0;

    /** @param {KeyboardEvent} event */
    function key(event) {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        discard(true);
    }

    async function start() {
        const [type = ""] = format() ?? [];
        asked += 1;
        const mine = asked;
        setText(problem, "");
        /** @type {MediaStream} */
        let found;
        try {
            found = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
        } catch {
            if (mine === asked) setText(problem, words("noMicrophone"));
            return;
        }
        // Another conversation was opened while the browser asked.
        if (mine !== asked || recorder) {
            for (const track of found.getTracks()) track.stop();
            return;
        }
        stream = found;
        recorder = new MediaRecorder(found, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
        pieces = [];
        levels = [];
        seconds = 0;
        recorder.addEventListener("dataavailable", (event) => {
            if (event.data.size > 0) pieces.push(event.data);
        });
        recorder.start();
        listen(found);
        setAttribute(live, "hidden", false);
        setAttribute(heard, "hidden", true);
        setAttribute(row, "hidden", false);
        setAttribute(write, "hidden", true);
        say("recording");
        showHold();
        showTime();
        go.focus();
    }

    /** @param {MediaStream} from */
    function listen(from) {
        context = new AudioContext();
        const analyser = context.createAnalyser();
        analyser.fftSize = 1_024;
        context.createMediaStreamSource(from).connect(analyser);
        const samples = new Float32Array(analyser.fftSize);
        let before = performance.now();
        timer = setInterval(() => {
            const now = performance.now();
            const isOn = recorder?.state === "recording";
            if (isOn) seconds += (now - before) / 1_000;
            before = now;
            analyser.getFloatTimeDomainData(samples);
            const level = isOn ? levelOf(samples) : 0;
            levels = [...levels, level].slice(-BARS);
            for (const [place, bar] of [...bars.children].entries()) {
                const one = levels[levels.length - BARS + place] ?? 0;
                /** @type {HTMLElement} */ (bar).style.blockSize = `${Math.round(3 + 21 * one)}px`;
            }
            setAttribute(bars, "aria-valuenow", Math.round(100 * level));
            showTime();
            if (seconds >= SECONDS_MAX) void stopped();
        }, TICK_MS);
    }

    function showTime() {
        setText(time, timeText(seconds));
        const rest = Math.max(0, Math.ceil(SECONDS_MAX - seconds));
        setText(left, recorder && rest <= LEFT_FROM ? words("timeLeft", { count: rest }) : "");
    }

    function showHold() {
        const isHeld = recorder?.state === "paused";
        const label = words(isHeld ? "goOn" : "pause");
        setAttribute(hold, "aria-label", label);
        setAttribute(hold, "title", label);
        dot.classList.toggle("held", isHeld);
    }

    function toggle() {
        if (recorder?.state === "recording") recorder.pause();
        else if (recorder?.state === "paused") recorder.resume();
        say(recorder?.state === "paused" ? "paused" : "recording");
        showHold();
    }

    /** @param {"recording" | "paused"} what */
    const say = (what) => setText(state, words(what));

    /** @returns {Promise<Blob | null>} the recording so far, which ends */
    function ended() {
        const ending = recorder;
        if (!ending) return Promise.resolve(null);
        if (ending.state === "inactive") return Promise.resolve(whole(ending));
        return new Promise((resolve) => {
            ending.addEventListener("stop", () => resolve(whole(ending)), { once: true });
            ending.stop();
            release();
        });
    }

    /** @param {MediaRecorder} from */
    const whole = (from) => new Blob(pieces, { type: from.mimeType.split(";")[0] });

    async function stopped() {
        const blob = await ended();
        if (!blob || !recorder) return;
        player = playerView(page, `own ${asked}`, async () => blob, seconds);
        player.look();
        heard.replaceChildren(player.element);
        setAttribute(live, "hidden", true);
        setAttribute(heard, "hidden", false);
        setText(left, "");
        player.element.querySelector("button")?.focus();
    }

    async function sent() {
        const blob = await ended();
        if (!blob || !recorder) return;
        const [, end = "webm"] = format() ?? [];
        const stamp = new Date().toISOString().slice(0, 16).replaceAll(/\D/g, "");
        discard(true);
        if (blob.size > 0) send(blob, `voice-${stamp}.${end}`);
    }

    function release() {
        clearInterval(timer);
        for (const track of stream?.getTracks() ?? []) track.stop();
        stream = null;
        void context?.close();
        context = null;
    }

    function discard(focuses = false) {
        asked += 1;
        setText(problem, "");
        if (!recorder) return;
        if (recorder.state !== "inactive") recorder.stop();
        recorder = null;
        release();
        pieces = [];
        player?.stop();
        player = null;
        setText(left, "");
        setText(state, "");
        setAttribute(row, "hidden", true);
        setAttribute(write, "hidden", false);
        if (focuses) /** @type {HTMLElement | null} */ (write.querySelector("textarea"))?.focus();
    }

    return { element, start, discard };
}
