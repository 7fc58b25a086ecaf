// Who is here: whom the page watches, and what it tells of its own reader.

/** `presence.watch` takes so many. */
const WATCHED_MAX = 200;
/** Changes of whom to watch gather for so long, so that opening one conversation after another is one command. */
const GATHER_MS = 400;
/** Without a key or a touch for so long a person is away. */
const IDLE_MS = 5 * 60_000;

export class PresenceWatch {
    #store;
    #ask;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;
    #watched = "";
    #usedAt = Date.now();
    #isIdle = false;

    /**
     * @param {import("./store.js").Store} store
     * @param {(op: string, fields: object) => Promise<any>} ask
     */
    constructor(store, ask) {
        this.#store = store;
        this.#ask = ask;
    }

    stop() {
        clearTimeout(this.#timer);
    }

    /** A new connection watches nobody, and is online. */
    connected() {
        this.changed(true);
        if (this.#store.state.status !== "online" || this.#isIdle) this.#tell();
    }

    /**
     * Other people may be on screen now.
     *
     * @param {boolean} [anew] even if they are the same
     */
    changed(anew = false) {
        if (anew) this.#watched = "";
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#watch(), GATHER_MS);
    }

    /** A key or a touch: whoever does that is here. */
    used() {
        this.#usedAt = Date.now();
        if (this.#isIdle) this.ticked(this.#usedAt);
    }

    /** @param {number} now */
    ticked(now) {
        const isIdle = now - this.#usedAt > IDLE_MS;
        if (isIdle === this.#isIdle) return;
        this.#isIdle = isIdle;
        this.#tell();
    }

    /** @param {import("./types.js").Status} status */
    setStatus(status) {
        this.#store.dispatch({ type: "status", status });
        this.#tell();
    }

    get #isConnected() {
        const { connection } = this.#store.state;
        return connection === "online" || connection === "polling";
    }

    #tell() {
        const { status } = this.#store.state;
        const shown = status === "online" && this.#isIdle ? "away" : status;
        // A connection that comes later is told by `connected`.
        if (this.#isConnected) void this.#ask("presence.set", { status: shown }).catch(() => {});
    }

    /** The members of the open conversation, then the others of direct ones. */
    #watch() {
        if (!this.#isConnected) return;
        const { open, members, order, conversations, me } = this.#store.state;
        const present = open === null ? [] : (members.get(open)?.members ?? []).map((member) => member.user);
        const others = order.map((id) => conversations.get(id)?.other?.id);
        const users = [...new Set([...present, ...others])]
            .filter((user) => user !== undefined && user !== me?.id)
            .slice(0, WATCHED_MAX)
            .sort();
        const watched = users.join("\n");
        if (watched === this.#watched) return;
        this.#watched = watched;
        void this.#ask("presence.watch", { users })
            .then((reply) => this.#store.dispatch({ type: "presences", presences: reply.presences ?? [] }))
            .catch(() => {
                this.#watched = "";
            });
    }
}
