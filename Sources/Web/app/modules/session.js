// Between the SDK and the state: what comes in is dispatched, what is missing is loaded, what a person does is sent.

import { ParleyError } from "/sdk/v1/parley.js";
import { Names, Quotes } from "./lookups.js";
import { PresenceWatch } from "./presence.js";
import { MARKS_MEMBERS_MAX } from "./state/delivery.js";

/**
 * @typedef {import("/sdk/v1/parley.js").Parley} Parley
 * @typedef {import("./types.js").WireEvent} WireEvent
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").User} User
 */

/** The server's own bound for one page. */
const PAGE = 50;
const MEMBERS_PAGE = 100;
/** Pages that a jump back loads at most: 10,000 messages. */
const JUMP_PAGES_MAX = 200;
/** After a suspension it is tried again about once a minute, not by everyone in the same second. */
const SUSPENDED_MS = 60_000;

export class Session {
    #parley;
    #store;
    /** @type {(() => void)[]} */
    #ends = [];
    /** @type {Promise<void> | null} */
    #listing = null;
    /** @type {Map<string, Promise<void>>} */
    #loads = new Map();
    /** @type {Set<string>} */
    #fetching = new Set();
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #ticker;
    /** @type {string | null} what the SDK reported last, as explainConnection takes it */
    #failure = null;
    /** When a suspended page tries again, in milliseconds of its clock. */
    #retryAt = Infinity;
    /** @type {(message: Message) => void} called with each message that comes in live */
    onMessage = () => {};

    /**
     * @param {Parley} parley
     * @param {import("./store.js").Store} store
     */
    constructor(parley, store) {
        this.#parley = parley;
        this.#store = store;
        const ask = (/** @type {string} */ op, /** @type {object} */ fields) => this.ask(op, fields);
        this.names = new Names(store, ask);
        this.quotes = new Quotes(store, ask);
        this.presence = new PresenceWatch(store, ask);
    }

    start() {
        this.#ends.push(
            this.#parley.on("state", () => this.#connectionChanged()),
            this.#parley.on("event", (/** @type {any} */ event) => this.#happened(event)),
            this.#parley.on("outbox", () => this.#outboxChanged()),
            this.#parley.on("reload", () => this.#reload()),
            this.#parley.on("error", (error) => {
                // The contract's code is `forbidden` for both a site that is not listed and a suspension (4004).
                this.#failure = error.closeCode === 4003 ? "origin" : error.code;
                if (error.closeCode === 4004) this.#retryAt = Date.now() + SUSPENDED_MS * (0.75 + Math.random() / 2);
                this.#connectionChanged();
            }),
        );
        this.#ticker = setInterval(() => this.#tick(), 1_000);
        this.#outboxChanged();
        this.#parley.start();
        this.#connectionChanged();
    }

    /** Ends the page's part; the SDK's connection is its owner's to stop. */
    stop() {
        clearInterval(this.#ticker);
        this.presence.stop();
        for (const end of this.#ends.splice(0)) end();
    }

    get #state() {
        return this.#store.state;
    }

    get #isConnected() {
        return this.#state.connection === "online" || this.#state.connection === "polling";
    }

    // What comes in

    #connectionChanged() {
        const before = this.#state.connection;
        const { state, user, limits } = this.#parley;
        if (user && user.id !== this.#state.me?.id) {
            this.#store.dispatch({ type: "welcomed", me: user, textMax: limits?.text ?? this.#state.textMax });
        } else if (user && limits?.text && limits.text !== this.#state.textMax) {
            this.#store.dispatch({ type: "welcomed", me: user, textMax: limits.text });
        }
        const failure = state === "error" ? this.#failure : null;
        if (state !== before || failure !== this.#state.failure) {
            this.#store.dispatch({ type: "connection", state, failure });
        }
        if (!this.#isConnected) return;
        if (!this.#state.listLoaded) void this.#loadAll();
        if (state !== before) {
            this.presence.connected();
            const { open } = this.#state;
            if (open !== null && this.#state.timelines.get(open)?.failed) void this.loadOpen(open);
        }
    }

    #outboxChanged() {
        this.#store.dispatch({ type: "outbox", entries: this.#parley.outbox });
    }

    /** The server can't tell what happened since: lists are read again. */
    #reload() {
        // At the first connection they are being read already.
        if (this.#listing && !this.#state.listLoaded && this.#state.timelines.size === 0) return;
        this.#listing = null;
        this.#loads.clear();
        this.quotes.clear();
        this.#store.dispatch({ type: "reset" });
        void this.#loadAll();
    }

    /** @param {WireEvent} event */
    #happened(event) {
        this.#store.dispatch({ type: "event", event, now: Date.now() });
        const { conversation: id } = event;
        const me = this.#state.me?.id;
        switch (event.event) {
            case "message.created":
            case "message.hidden": {
                const { message } = event;
                if (!message || id === undefined) return;
                if (!this.#state.conversations.has(id)) void this.fetchConversation(id);
                if (message.sender === me) return;
                this.#parley.received(id, message.seq);
                this.onMessage(message);
                return;
            }
            case "conversation.created":
                if (id !== undefined) void this.fetchConversation(id);
                return;
            case "member.added":
                if (id !== undefined && me !== undefined && event.users?.includes(me)) void this.fetchConversation(id);
                return;
            case "block.added":
            case "block.removed":
                this.quotes.clear();
                this.#loads.clear();
                if (this.#state.open !== null) void this.loadOpen(this.#state.open);
                this.presence.changed(true);
                return;
        }
    }

    #tick() {
        const now = Date.now();
        if (now >= this.#retryAt) {
            this.#retryAt = Infinity;
            this.#parley.start();
        }
        if (this.#state.typing.size > 0) this.#store.dispatch({ type: "ticked", now });
        this.presence.ticked(now);
    }

    // Loading

    /** @returns {Promise<void>} */
    #loadAll() {
        this.#listing ??= this.#list().finally(() => {
            this.#listing = null;
        });
        return this.#listing;
    }

    async #list() {
        try {
            const reply = await this.ask("conversation.list", { limit: PAGE });
            this.#store.dispatch({
                type: "listed",
                conversations: reply.conversations,
                cursor: reply.cursor ?? null,
                fresh: true,
            });
            for (const one of reply.conversations) {
                if (one.unread > 0 && one.received_seq < one.last_seq) this.#parley.received(one.id, one.last_seq);
                if (one.last_message?.sender && one.kind === "group") this.names.need(one.last_message.sender);
            }
            this.presence.changed();
            const { open } = this.#state;
            if (open !== null) {
                if (!this.#state.conversations.has(open)) await this.fetchConversation(open);
                await this.loadOpen(open);
            }
            const blocks = await this.ask("block.list", {});
            this.#store.dispatch({
                type: "blocks",
                users: blocks.users.map((/** @type {User | string} */ one) => (typeof one === "string" ? one : one.id)),
            });
        } catch {
            // Asked again as soon as the connection is back.
        }
    }

    async loadMoreConversations() {
        const cursor = this.#state.listCursor;
        if (cursor === null || this.#listing) return;
        this.#listing = (async () => {
            try {
                const reply = await this.ask("conversation.list", { limit: PAGE, cursor });
                this.#store.dispatch({
                    type: "listed",
                    conversations: reply.conversations,
                    cursor: reply.cursor ?? null,
                    fresh: false,
                });
                this.presence.changed();
            } catch {
                // The list's end is still there to ask from.
            } finally {
                this.#listing = null;
            }
        })();
        await this.#listing;
    }

    /** @param {string} id */
    async fetchConversation(id) {
        if (this.#fetching.has(id)) return;
        this.#fetching.add(id);
        try {
            const reply = await this.ask("conversation.get", { conversation: id });
            const { members, pins: _, ...conversation } = reply.conversation;
            this.#store.dispatch({ type: "conversation", conversation });
            this.presence.changed();
        } catch (error) {
            const isMissing = error instanceof ParleyError && error.code === "not_found";
            if (isMissing && this.#state.open === id) this.#store.dispatch({ type: "notLoaded", conversation: id });
        } finally {
            this.#fetching.delete(id);
        }
    }

    /** @param {string} id */
    open(id) {
        if (this.#state.open === id) return;
        this.#store.dispatch({ type: "opened", conversation: id });
        if (!this.#isConnected && !this.#state.listLoaded) return;
        if (!this.#state.conversations.has(id)) void this.fetchConversation(id);
        void this.loadOpen(id);
    }

    close() {
        this.#store.dispatch({ type: "closed" });
    }

    /** @param {string} id */
    async loadOpen(id) {
        await Promise.all([this.#loadPage(id, true), this.loadMembers(id)]);
        this.presence.changed();
    }

    /**
     * The 50 messages before the first that is here.
     *
     * @param {string} id
     */
    loadOlder(id) {
        const timeline = this.#state.timelines.get(id);
        return timeline?.loaded && timeline.more ? this.#loadPage(id, false) : Promise.resolve();
    }

    /**
     * Loads back until the message with this seq is here, or the first there is.
     *
     * @param {string} id
     * @param {number} seq
     */
    async loadThrough(id, seq) {
        for (let page = 0; page < JUMP_PAGES_MAX; page += 1) {
            const timeline = this.#state.timelines.get(id);
            const first = timeline?.messages[0];
            if (!timeline?.more || !first || first.seq <= seq || timeline.failed) return;
            await this.loadOlder(id);
        }
    }

    /**
     * @param {string} id
     * @param {boolean} newest
     * @returns {Promise<void>}
     */
    #loadPage(id, newest) {
        if (newest && this.#state.timelines.get(id)?.loaded) return Promise.resolve();
        const former = this.#loads.get(id);
        if (former) return former;
        const load = this.#fetchPage(id, newest).finally(() => {
            if (this.#loads.get(id) === load) this.#loads.delete(id);
        });
        this.#loads.set(id, load);
        return load;
    }

    /**
     * @param {string} id
     * @param {boolean} newest
     */
    async #fetchPage(id, newest) {
        const first = this.#state.timelines.get(id)?.messages[0];
        this.#store.dispatch({ type: "loading", conversation: id });
        try {
            const before = newest || !first ? {} : { before: first.seq };
            const reply = await this.ask("message.list", { conversation: id, limit: PAGE, ...before });
            this.#store.dispatch({
                type: "page",
                conversation: id,
                messages: reply.messages,
                more: reply.more,
                newest,
            });
        } catch {
            this.#store.dispatch({ type: "notLoaded", conversation: id });
        }
    }

    /**
     * The first page of members; of a group small enough that everybody hears everybody's marks, all.
     *
     * @param {string} id
     */
    async loadMembers(id) {
        try {
            const fields = { conversation: id, limit: MEMBERS_PAGE };
            const reply = await this.ask("conversation.members", fields);
            this.#store.dispatch({
                type: "members",
                conversation: id,
                members: reply.members,
                cursor: reply.cursor ?? null,
                fresh: true,
            });
        } catch {
            // Marks stay unknown until the conversation is opened again.
        }
    }

    /** @param {string} id */
    async loadMoreMembers(id) {
        const cursor = this.#state.members.get(id)?.cursor;
        if (!cursor) return;
        const reply = await this.ask("conversation.members", { conversation: id, limit: MEMBERS_PAGE, cursor });
        this.#store.dispatch({
            type: "members",
            conversation: id,
            members: reply.members,
            cursor: reply.cursor ?? null,
            fresh: false,
        });
    }

    /**
     * Members with their marks of this moment: in large groups they are not sent as events.
     *
     * @param {string} id
     */
    async freshMembers(id) {
        const count = this.#state.conversations.get(id)?.member_count ?? 0;
        const known = this.#state.members.get(id);
        if (!known || count > MARKS_MEMBERS_MAX) await this.loadMembers(id);
        return this.#state.members.get(id)?.members ?? [];
    }

    // What a person does

    /**
     * A command of the contract and its reply; throws ParleyError.
     *
     * @param {string} op
     * @param {object} fields
     * @returns {Promise<any>}
     */
    ask(op, fields) {
        return this.#parley.send(op, /** @type {any} */ (fields));
    }

    /**
     * @param {string} conversation
     * @param {string} text
     * @param {{ replyTo?: string, attachments?: readonly import("/sdk/v1/parley.js").Attachment[], voice?: boolean }} options
     * @throws {ParleyError} `overloaded` where too many wait already
     */
    send(conversation, text, options) {
        const entry = this.#parley.sendMessage(conversation, text, options);
        this.#outboxChanged();
        return entry;
    }

    /**
     * Everything up to `seq` has been on screen.
     *
     * @param {string} conversation
     * @param {number} seq
     */
    seen(conversation, seq) {
        const known = this.#state.conversations.get(conversation);
        if (!known || seq <= known.read_seq) return;
        this.#store.dispatch({ type: "seen", conversation, seq });
        this.#parley.read(conversation, seq);
    }

    /**
     * @param {object} fields
     * @returns {Promise<string>} the conversation's id
     */
    async create(fields) {
        const reply = await this.ask("conversation.create", fields);
        const { members: _members, pins: _pins, ...conversation } = reply.conversation;
        this.#store.dispatch({ type: "conversation", conversation });
        return conversation.id;
    }

    /**
     * Adds or removes a block; the panel shows it without waiting for the event.
     *
     * @param {string} user
     * @param {boolean} on
     */
    async block(user, on) {
        await this.ask(on ? "block.add" : "block.remove", { user });
        const users = new Set(this.#state.blocked);
        if (on) users.add(user);
        else users.delete(user);
        this.#store.dispatch({ type: "blocks", users: [...users] });
    }
}
