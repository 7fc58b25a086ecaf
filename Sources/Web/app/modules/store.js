// The page's state and who is told when it changed. Every change goes through `reduce`.

import { initialState, reduce } from "./state/reduce.js";

/**
 * @typedef {import("./types.js").AppState} AppState
 * @typedef {import("./types.js").Input} Input
 */

export class Store {
    /** @type {AppState} */
    state = initialState;
    /** @type {Set<(state: AppState) => void>} */
    #listeners = new Set();

    /** @param {Input} input */
    dispatch(input) {
        const next = reduce(this.state, input);
        if (next === this.state) return;
        this.state = next;
        for (const listener of this.#listeners) listener(next);
    }

    /**
     * @param {(state: AppState) => void} listener
     * @returns {() => void} ends it
     */
    subscribe(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }
}
