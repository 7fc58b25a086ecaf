// A file that someone chose here: on its way to the server, there, or refused.

import { kindOf } from "./kinds.js";

/** @typedef {"sending" | "ready" | "failed"} ItemState */

let count = 0;

export class FileItem {
    id = `file-${(count += 1)}`;
    /** @type {ItemState} */
    state = "sending";
    /** Bytes that the server has. */
    sent = 0;
    /** @type {any} */
    error = undefined;
    /** @type {import("/sdk/v1/parley.js").UploadedFile | undefined} */
    uploaded = undefined;
    /** @type {Set<() => void>} */
    #listeners = new Set();
    #parley;
    #conversation;
    #ends = new AbortController();
    /** @type {Promise<import("/sdk/v1/parley.js").UploadedFile>} */
    #done;
    #url = "";

    /**
     * @param {import("/sdk/v1/parley.js").Parley} parley
     * @param {string} conversation
     * @param {Blob} file
     * @param {string} name
     */
    constructor(parley, conversation, file, name) {
        this.#parley = parley;
        this.#conversation = conversation;
        this.file = file;
        this.name = name;
        this.size = file.size;
        this.type = file.type.split(";")[0] ?? "";
        this.kind = kindOf(this);
        this.#done = this.#start();
    }

    /** An address of the file in this browser. */
    get url() {
        return (this.#url ||= URL.createObjectURL(this.file));
    }

    /** For a message; begins again where it failed. */
    ready() {
        if (this.state === "failed") this.retry();
        return this.#done;
    }

    retry() {
        this.#done = this.#start();
        this.#changed();
    }

    /** Ends the upload, and lets go of the file. */
    cancel() {
        this.#ends.abort();
        this.release();
    }

    release() {
        if (this.#url) URL.revokeObjectURL(this.#url);
        this.#url = "";
    }

    /**
     * @param {() => void} listener
     * @returns {() => void} ends it
     */
    onChange(listener) {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
    }

    #start() {
        this.#ends = new AbortController();
        this.state = "sending";
        this.sent = 0;
        this.error = undefined;
        const { signal } = this.#ends;
        const done = this.#parley.upload(this.#conversation, this.file, {
            name: this.name,
            signal,
            onProgress: (sent) => {
                this.sent = sent;
                this.#changed();
            },
        });
        done.then(
            (uploaded) => {
                this.state = "ready";
                this.uploaded = uploaded;
                this.#changed();
            },
            (error) => {
                if (signal.aborted) return;
                this.state = "failed";
                this.error = error;
                this.#changed();
            },
        );
        return done;
    }

    #changed() {
        for (const listener of [...this.#listeners]) listener();
    }
}
