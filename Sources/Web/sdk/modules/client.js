import { Engine } from "./engine.js";
import { ParleyError } from "./errors.js";
import { packed, unpacked } from "./outbox.js";
import { WINDOW_MS, reconnectDelay } from "./reconnect.js";
import { isVisible, listenToPage } from "./signals.js";
import { databaseStore, keyValueStore, memoryStore } from "./store.js";
import { Tabs } from "./tabs.js";
import { Tokens, claims } from "./tokens.js";
import { secureRandom, uuidV7 } from "./uuid.js";

export { ParleyError, uuidV7 };

/** @typedef {import("../parley.js").Parley} Parley */
/** @typedef {import("../parley.js").OutboxEntry} OutboxEntry */
/** @typedef {import("./engine.js").Position} Position */
/** @typedef {import("../parley.js").Attachment} Attachment */

/** Unsent messages beyond this are refused: a bound on memory and storage. */
const ENTRIES_MAX = 500;
/** How long a command waits for its reply, connection or not. */
const CALL_MS = 30_000;
/** How long a new leader waits to hear how far the other tabs have come. */
const TAKEOVER_MS = 150;
/** A position older than this is not worth the replay: lists are read again instead. */
const POSITION_MS = 86_400_000;

/** @type {typeof import("../parley.js").createParley} */
export const createParley = (options) => new Client(options);

/**
 * What an application holds: the same in the tab that has the socket and in those that share it. The engine's reports
 * come to both alike; what a tab wants goes to the engine directly or through the channel.
 *
 * @implements {Parley}
 */
class Client {
  #id;
  #options;
  #platform;
  #tokens;
  /** @type {Record<string, Set<(value: any) => void>>} */
  #listeners = {};
  /** @type {import("./engine.js").Status} */
  #status = { state: "offline", features: [] };
  /** @type {Engine | undefined} */
  #engine;
  /** @type {Tabs | undefined} */
  #tabs;
  #store = memoryStore();
  #identity = {};
  /**
   * What this tab has seen of the log.
   * @type {Position | undefined}
   */
  #position;
  #hasLoaded = false;
  /** When the last message was written. */
  #lastAt = 0;
  /**
   * The outbox as the engine last told.
   * @type {OutboxEntry[]}
   */
  #entries = [];
  /**
   * Written here, not yet told of by the engine.
   * @type {Map<string, OutboxEntry>}
   */
  #own = new Map();
  /**
   * What the messages are made of that wait, in this tab, for their files.
   * @type {Map<string, readonly Attachment[]>}
   */
  #attaching = new Map();
  /** @type {Promise<import("./files.js").Files> | undefined} */
  #files;
  /** @type {Map<number, { op: string, fields: object, until: number, settle(reply: any, error?: ParleyError): void }>} */
  #calls = new Map();
  #lastCall = 0;
  /**
   * What a new engine must be told again.
   * @type {Map<string, object>}
   */
  #presence = new Map();
  /** Counts starts and stops, so that what an earlier one began ends. */
  #run = 0;
  #isRunning = false;
  #unlisten = () => {};
  /** Ends the wait for the next try at the first token. */
  #tokenAgain = () => {};

  /** @param {import("../parley.js").ParleyOptions} options */
  constructor(options) {
    const clock = options.clock ?? {
      now: () => Date.now(),
      setTimeout: (action, delay) => globalThis.setTimeout(action, delay),
      clearTimeout: (timer) => globalThis.clearTimeout(/** @type {number} */ (timer)),
    };
    const url = new URL(options.url ?? globalThis.location?.origin ?? "http://127.0.0.1:8080");
    this.#options = options;
    this.#platform = {
      clock,
      random: options.random ?? Math.random,
      WebSocket: options.WebSocket ?? globalThis.WebSocket,
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      base: `${url.protocol.replace(/^ws/, "http")}//${url.host}`,
      clientName: options.clientName ?? "parley-js",
    };
    this.#id = uuidV7(clock.now(), options.random ?? secureRandom);
    this.#tokens = new Tokens(options.token, () => clock.now());
  }

  get state() {
    return this.#status.state;
  }
  get user() {
    return this.#status.user;
  }
  get tenant() {
    return this.#status.tenant;
  }
  get limits() {
    return this.#status.limits;
  }
  get features() {
    return this.#status.features;
  }
  get outbox() {
    const known = new Set(this.#entries.map((entry) => entry.id));
    return [...this.#entries, ...[...this.#own.values()].filter((entry) => !known.has(entry.id))];
  }

  start() {
    if (this.#isRunning) {
      this.#engine?.start();
      if (!this.#engine) this.#post({ kind: "start" });
      return;
    }
    this.#isRunning = true;
    this.#run += 1;
    this.#unlisten = listenToPage({
      network: (isThere) => {
        if (isThere) this.#tokenAgain();
        if (isThere) this.#wakeFiles();
        this.#engine?.networkChanged(isThere);
        this.#tabs?.ask();
      },
      woken: () => {
        this.#wakeFiles();
        this.#engine?.woken();
        this.#tabs?.ask();
      },
      hidden: () => this.#engine?.flush(),
    });
    this.#setState("connecting");
    void this.#begin(this.#run, 0);
  }

  async stop() {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#run += 1;
    this.#unlisten();
    this.#post({ kind: "bye" });
    this.#engine?.stop();
    this.#engine = undefined;
    this.#tabs?.stop();
    this.#tabs = undefined;
    await this.#store.load();
    this.#store.close();
    for (const call of [...this.#calls.values()]) call.settle(undefined, new ParleyError("unavailable", "Stopped."));
    this.#setState("offline");
  }

  /**
   * @param {string} type
   * @param {(value: any) => void} listener
   */
  on(type, listener) {
    const listeners = (this.#listeners[type] ??= new Set());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /**
   * @param {string} op
   * @param {object} [fields]
   * @returns {Promise<any>}
   */
  send(op, fields = {}) {
    const { clock } = this.#platform;
    if (op.startsWith("presence.")) this.#presence.set(op, fields);
    return new Promise((resolve, reject) => {
      const id = (this.#lastCall += 1);
      const settle = (/** @type {any} */ reply, /** @type {ParleyError | undefined} */ error) => {
        if (!this.#calls.delete(id)) return;
        clock.clearTimeout(timer);
        if (error) reject(error);
        else resolve(reply);
      };
      const timer = clock.setTimeout(
        () => settle(undefined, new ParleyError("unavailable", "No connection, or no answer in time.")),
        CALL_MS,
      );
      this.#calls.set(id, { op, fields, until: clock.now() + CALL_MS, settle });
      this.#dispatchCall(id);
    });
  }

  /**
   * @param {string} conversation
   * @param {string} text
   * @param {{ replyTo?: string, thread?: string, attachments?: readonly Attachment[], voice?: boolean }} [options]
   */
  sendMessage(conversation, text, options = {}) {
    const { replyTo, thread, attachments = [], voice } = options;
    if (this.outbox.length >= ENTRIES_MAX) throw new ParleyError("overloaded", "Too many messages wait already.");
    // Two messages of one millisecond keep their order, in the storage too.
    const at = (this.#lastAt = Math.max(this.#platform.clock.now(), this.#lastAt + 1));
    const id = uuidV7(at, this.#options.random ?? secureRandom);
    // A lone surrogate (half an emoji) is no text, and the server refuses it.
    const whole = /** @type {any} */ (text).toWellFormed?.() ?? text;
    const entry = { id, conversation, text: whole, replyTo, thread, voice, at, state: /** @type {const} */ ("sending") };
    this.#own.set(id, entry);
    if (attachments.length > 0) {
      this.#attaching.set(id, attachments);
      void this.#attach(id, attachments);
    } else this.#hand(entry);
    if (this.#own.has(id)) this.#emit("outbox", this.outbox);
    return entry;
  }

  /**
   * Waits for the files, which are in this tab alone, then lets the message go its way.
   * @param {string} id
   * @param {readonly Attachment[]} attachments
   */
  async #attach(id, attachments) {
    /** @type {Partial<OutboxEntry>} */
    let change;
    try {
      const files = await Promise.all(attachments.map((one) => (typeof one === "function" ? one() : one)));
      change = { attachments: files.map((file) => (typeof file === "string" ? file : file.id)) };
    } catch (error) {
      const isKnown = error instanceof ParleyError;
      change = { state: "failed", error: isKnown ? error : new ParleyError("unavailable", String(error), { field: "attachments" }) };
    }
    const entry = this.#own.get(id);
    // Discarded meanwhile.
    if (!entry || this.#attaching.get(id) !== attachments) return;
    const changed = { ...entry, ...change };
    this.#own.set(id, changed);
    if (changed.state === "sending") {
      this.#attaching.delete(id);
      this.#hand(changed);
    }
    this.#emit("outbox", this.outbox);
  }

  /** @param {OutboxEntry} entry */
  #hand(entry) {
    this.#store.put(entry);
    this.#dispatchEntries([entry]);
  }

  /** Those that wait for nothing here. */
  #ready() {
    return [...this.#own.values()].filter((entry) => !this.#attaching.has(entry.id));
  }

  /**
   * @param {string} conversation
   * @param {Blob} file
   * @param {import("../parley.js").UploadOptions} [options]
   */
  async upload(conversation, file, options = {}) {
    if (file.size > (this.limits?.file_bytes ?? Infinity)) throw new ParleyError("too_large", "The file is too large.", { field: "file" });
    return (await this.#filesPart()).upload(conversation, file, options);
  }

  /**
   * @param {readonly string[]} ids
   * @param {{ fresh?: boolean }} [options]
   */
  async fileLinks(ids, options = {}) {
    return (await this.#filesPart()).links(ids, options.fresh === true);
  }

  #filesPart() {
    const { fetch, clock, base, random } = this.#platform;
    this.#files ??= import("./files.js").then(
      ({ Files }) => {
        const delay = (/** @type {number} */ failures) => reconnectDelay(failures, WINDOW_MS, random);
        return new Files({ fetch, clock, base, tokens: this.#tokens, delay, send: (op, fields) => this.send(op, fields) });
      },
      () => {
        this.#files = undefined;
        throw new ParleyError("unavailable", "The SDK's part for files can't be loaded.");
      },
    );
    return this.#files;
  }

  #wakeFiles() {
    this.#files?.then((files) => files.woken(), () => {});
  }

  /** @param {string} id */
  retry(id) {
    this.#change("retry", id);
  }
  /**
   * @param {string} id
   * @param {string} text
   */
  edit(id, text) {
    this.#change("edit", id, text);
  }
  /** @param {string} id */
  discard(id) {
    this.#change("discard", id);
  }

  /**
   * @param {string} conversation
   * @param {boolean} active
   */
  typing(conversation, active) {
    if (this.#engine) this.#engine.typing(conversation, active);
    else this.#post({ kind: "typing", conversation, active });
  }
  /**
   * @param {string} conversation
   * @param {number} seq
   */
  read(conversation, seq) {
    this.#mark("read", conversation, seq);
  }
  /**
   * @param {string} conversation
   * @param {number} seq
   */
  received(conversation, seq) {
    this.#mark("received", conversation, seq);
  }

  /**
   * The first token says whose storage and which tabs these are.
   * @param {number} run
   * @param {number} failures
   * @returns {Promise<void>}
   */
  async #begin(run, failures) {
    const { clock, base, random } = this.#platform;
    let token;
    try {
      token = await this.#tokens.get("connect");
    } catch (error) {
      if (run !== this.#run) return;
      const message = `No token: ${/** @type {any} */ (error)?.message ?? error}`;
      this.#emit("error", new ParleyError("unauthenticated", message));
      const again = () => {
        clock.clearTimeout(timer);
        this.#tokenAgain = () => {};
        if (run === this.#run) void this.#begin(run, failures + 1);
      };
      const timer = clock.setTimeout(again, reconnectDelay(failures + 1, WINDOW_MS, random));
      this.#tokenAgain = again;
      return;
    }
    if (run !== this.#run) return;
    const { tenant, sub, name } = claims(token);
    this.#identity = { tenant, user: sub };
    const isKnown = typeof tenant === "string" && typeof sub === "string";
    if (isKnown) this.#status = { ...this.#status, tenant, user: { id: sub, name: String(name ?? sub) } };
    const scope = isKnown ? `${base} ${tenant} ${sub}` : undefined;
    this.#store = this.#openStore(scope);
    for (const entry of this.#ready()) this.#store.put(entry);
    const isPage = this.#options.locks !== undefined || globalThis.document !== undefined;
    const isShared = isPage && scope !== undefined && this.#options.shareBetweenTabs !== false;
    const locks = this.#options.locks ?? permitted(() => globalThis.navigator?.locks);
    const Channel = this.#options.BroadcastChannel ?? globalThis.BroadcastChannel;
    this.#tabs = new Tabs({ clock, ...(isShared ? { locks, BroadcastChannel: Channel } : {}) }, `parley ${scope}`, {
      lead: (isTakeover) => void this.#lead(run, isTakeover),
      follow: () => this.#follow(),
      received: (message) => this.#heard(message),
      isVisible,
    });
    this.#tabs.start();
  }

  /** @param {string | undefined} scope */
  #openStore(scope) {
    const { storage = "indexeddb" } = this.#options;
    if (scope === undefined || storage === "memory") return memoryStore();
    if (storage !== "indexeddb") return keyValueStore(storage, scope);
    const factory = this.#options.indexedDB ?? permitted(() => globalThis.indexedDB);
    return factory ? databaseStore(factory, scope, this.#platform.clock) : memoryStore();
  }

  /**
   * @param {number} run
   * @param {boolean} isTakeover
   */
  async #lead(run, isTakeover) {
    const { clock } = this.#platform;
    const kept = await this.#store.load();
    if (isTakeover) {
      this.#post({ kind: "newLeader" });
      await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), TAKEOVER_MS));
    }
    if (run !== this.#run || !this.#tabs?.isLeading || this.#engine) return;
    const age = clock.now() - (kept.position?.at ?? -Infinity);
    const start = this.#position ?? (age < POSITION_MS ? kept.position : undefined);
    const position = start && { offset: start.offset, epoch: start.epoch };
    this.#position ??= position;
    const status = { ...this.#status, state: /** @type {const} */ ("connecting") };
    this.#engine = new Engine(this.#platform, this.#tokens, this.#store, this.#identity, status, this.#furthestBack(position), (report) => {
      this.#post(report);
      this.#told(report);
    });
    const engine = this.#engine;
    engine.addMessages([...kept.entries, ...this.#entries.filter((entry) => entry.state !== "sent"), ...this.#ready()]);
    engine.start();
    this.#dispatchAll();
    this.#post({ kind: "leading", status: engine.status, entries: engine.entries.map(packed) });
  }

  /**
   * What other tabs have seen, as they told the new leader.
   * @type {Position[]}
   */
  #others = [];

  /**
   * From there all tabs get what they miss; each drops what it has seen.
   * @param {Position | undefined} own
   */
  #furthestBack(own) {
    const same = this.#others.splice(0).filter((position) => position.epoch === own?.epoch);
    return own && { epoch: own.epoch, offset: Math.min(own.offset, ...same.map((position) => position.offset)) };
  }

  #follow() {
    this.#engine?.stop();
    this.#engine = undefined;
    this.#post({ kind: "join" });
    this.#dispatchAll();
  }

  /** To the engine anew, after it changed: every command is safe to repeat. */
  #dispatchAll() {
    for (const id of this.#calls.keys()) this.#dispatchCall(id);
    for (const [op, fields] of this.#presence) this.send(op, fields).catch(() => {});
    const ready = this.#ready();
    if (ready.length > 0) this.#dispatchEntries(ready);
  }

  /** @param {number} id */
  #dispatchCall(id) {
    const call = this.#calls.get(id);
    if (!call) return;
    const { op, fields, until } = call;
    if (this.#engine) this.#engine.call(this.#id, op, fields, until).then(call.settle, (error) => call.settle(undefined, error));
    else this.#post({ kind: "call", id, op, fields, until });
  }

  /** @param {OutboxEntry[]} entries */
  #dispatchEntries(entries) {
    if (this.#engine) this.#engine.addMessages(entries);
    else this.#post({ kind: "add", entries: entries.map(packed) });
  }

  /**
   * @param {"retry" | "edit" | "discard"} action
   * @param {string} id
   * @param {string} [text]
   */
  #change(action, id, text) {
    const own = this.#own.get(id);
    const attachments = this.#attaching.get(id);
    if (own && attachments) {
      // Still here, with its files.
      this.#attaching.delete(id);
      this.#own.delete(id);
      if (action !== "discard") {
        const again = [...attachments];
        this.#own.set(id, { ...own, text: text ?? own.text, state: "sending", error: undefined });
        this.#attaching.set(id, again);
        void this.#attach(id, again);
      }
      this.#emit("outbox", this.outbox);
    } else if (this.#engine) this.#engine.changeMessage(action, id, text);
    else if (own && action !== "retry") {
      // Not yet with any engine: changed here.
      if (action === "discard") this.#own.delete(id);
      else this.#own.set(id, { ...own, text: text ?? own.text });
      if (action === "discard") this.#store.remove(id);
      this.#post({ kind: "change", action, id, text });
      this.#emit("outbox", this.outbox);
    } else this.#post({ kind: "change", action, id, text });
  }

  /**
   * @param {"read" | "received"} kind
   * @param {string} conversation
   * @param {number} seq
   */
  #mark(kind, conversation, seq) {
    if (this.#engine) this.#engine.mark(kind, conversation, seq);
    else this.#post({ kind: "marked", mark: kind, conversation, seq });
  }

  /** @param {object} message */
  #post(message) {
    this.#tabs?.post({ ...message, from: this.#id, isLeader: this.#tabs.isLeading });
  }

  /**
   * From another tab.
   * @param {any} message
   */
  #heard(message) {
    if (this.#engine) this.#served(this.#engine, message);
    else if (this.#tabs?.isLeading) {
      if (message.kind === "position" && message.position) this.#others.push(message.position);
    } else if (message.kind === "newLeader") this.#post({ kind: "position", position: this.#position });
    else if (message.kind === "leading") {
      this.#told({ kind: "status", status: message.status });
      this.#told({ kind: "outbox", entries: message.entries });
      this.#dispatchAll();
    } else if (message.kind === "welcome" && message.to === this.#id) this.#welcomed(message);
    else if (message.kind === "reply" && message.to === this.#id) {
      this.#calls.get(message.id)?.settle(message.reply, message.error && ParleyError.fromJSON(message.error));
    } else if (message.isLeader) this.#told(message);
  }

  /**
   * The leader's tab does it for the others.
   * @param {Engine} engine
   * @param {any} message
   */
  #served(engine, message) {
    const { from } = message;
    switch (message.kind) {
      case "join":
        this.#post({ kind: "welcome", to: from, status: engine.status, position: this.#position, entries: engine.entries.map(packed) });
        break;
      case "start":
        engine.start();
        break;
      case "bye":
        engine.left(from);
        break;
      case "call":
        engine.call(from, message.op, message.fields, message.until).then(
          (reply) => this.#post({ kind: "reply", to: from, id: message.id, reply }),
          (error) => this.#post({ kind: "reply", to: from, id: message.id, error: error.toJSON() }),
        );
        break;
      case "add":
        engine.addMessages(message.entries.map(unpacked));
        break;
      case "change":
        engine.changeMessage(message.action, message.id, message.text);
        break;
      case "typing":
        engine.typing(message.conversation, message.active);
        break;
      case "marked":
        engine.mark(message.mark, message.conversation, message.seq);
    }
  }

  /** @param {{ status: import("./engine.js").Status, position?: Position, entries: any[] }} message */
  #welcomed({ status, position, entries }) {
    this.#position ??= position;
    this.#told({ kind: "status", status });
    this.#told({ kind: "outbox", entries });
    if (position && (status.state === "online" || status.state === "polling")) this.#load(true);
    this.#dispatchAll();
  }

  /**
   * From the engine, in this tab or another.
   * @param {import("./engine.js").Report} report
   */
  #told(report) {
    switch (report.kind) {
      case "status": {
        const { state } = this.#status;
        this.#status = report.status;
        if (report.status.state !== state) this.#emit("state", report.status.state);
        break;
      }
      case "ready":
        if (!report.resumed || this.#position?.epoch !== report.position.epoch) this.#position = { ...report.position };
        this.#load(report.resumed);
        break;
      case "event":
        if (this.#isNew(report.event.offset)) this.#emit("event", report.event);
        break;
      case "mark":
        this.#isNew(report.offset);
        break;
      case "outbox":
        this.#entries = report.entries.map(unpacked);
        for (const entry of this.#entries) this.#own.delete(entry.id);
        this.#emit("outbox", this.outbox);
        break;
      case "error":
        this.#emit("error", ParleyError.fromJSON(report.error));
    }
  }

  /**
   * Events without an offset always are.
   * @param {number | undefined} offset
   */
  #isNew(offset) {
    if (typeof offset !== "number" || !this.#position) return true;
    if (offset <= this.#position.offset) return false;
    this.#position = { ...this.#position, offset };
    return true;
  }

  /** @param {boolean} isResumed */
  #load(isResumed) {
    const isNeeded = !isResumed || (!this.#hasLoaded && !this.#options.keepsState);
    this.#hasLoaded = true;
    if (isNeeded) this.#emit("reload", undefined);
  }

  /** @param {import("../parley.js").State} state */
  #setState(state) {
    if (state === this.#status.state) return;
    this.#status = { ...this.#status, state };
    this.#emit("state", state);
  }

  /**
   * A listener that throws must not keep the others from hearing.
   * @param {string} type
   * @param {unknown} value
   */
  #emit(type, value) {
    for (const listener of [...(this.#listeners[type] ?? [])]) {
      try {
        listener(value);
      } catch (error) {
        if (globalThis.reportError) globalThis.reportError(error);
        else console.error(error);
      }
    }
  }
}

/**
 * What the browser lets this page have: where storage is forbidden, asking for it already throws.
 * @template T
 * @param {() => T} ask
 * @returns {T | undefined}
 */
function permitted(ask) {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
