// What is not in the state until somebody looks at it: names of people, quoted messages.

/**
 * @typedef {import("./types.js").Message} Message
 * @typedef {(op: string, fields: object) => Promise<any>} Ask
 */

/** Names that are asked for at once; the others wait. */
const NAMES_AT_ONCE = 4;

export class Names {
    #store;
    #ask;
    /** @type {string[]} */
    #queue = [];
    /** @type {Set<string>} */
    #asked = new Set();
    #flying = 0;

    /**
     * @param {import("./store.js").Store} store
     * @param {Ask} ask
     */
    constructor(store, ask) {
        this.#store = store;
        this.#ask = ask;
    }

    /**
     * Sees to it that a person's name is known, in a while.
     *
     * @param {string} id
     */
    need(id) {
        if (this.#asked.has(id) || this.#store.state.people.has(id)) return;
        this.#asked.add(id);
        this.#queue.push(id);
        this.#next();
    }

    #next() {
        while (this.#flying < NAMES_AT_ONCE) {
            const id = this.#queue.shift();
            if (id === undefined) return;
            this.#flying += 1;
            void this.#ask("user.get", { user: id })
                .then((reply) => this.#store.dispatch({ type: "people", users: [reply.user] }))
                // Asked again when they are shown again.
                .catch(() => this.#asked.delete(id))
                .finally(() => {
                    this.#flying -= 1;
                    this.#next();
                });
        }
    }
}

export class Quotes {
    #store;
    #ask;
    /** @type {Map<string, Promise<Message | null>>} */
    #asked = new Map();

    /**
     * @param {import("./store.js").Store} store
     * @param {Ask} ask
     */
    constructor(store, ask) {
        this.#store = store;
        this.#ask = ask;
    }

    clear() {
        this.#asked.clear();
    }

    /**
     * The message that another quotes; null where it can't be shown.
     *
     * @param {string} conversation
     * @param {string} id
     * @returns {Promise<Message | null>}
     */
    get(conversation, id) {
        const here = this.#store.state.timelines.get(conversation)?.messages.find((message) => message.id === id);
        if (here) return Promise.resolve(here);
        let asked = this.#asked.get(id);
        if (!asked) {
            asked = this.#ask("message.get", { id }).then(
                (reply) => reply.message,
                () => null,
            );
            this.#asked.set(id, asked);
        }
        return asked;
    }
}
