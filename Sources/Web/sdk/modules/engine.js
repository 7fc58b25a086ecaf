import { Connection } from "./connection.js";
import { ParleyError } from "./errors.js";
import { Outbox, packed } from "./outbox.js";
import { Polling } from "./polling.js";
import { PollingTransport } from "./polling-transport.js";
import { Receipts } from "./receipts.js";
import { Requests } from "./requests.js";
import { SocketTransport } from "./socket-transport.js";
import { claims } from "./tokens.js";
import { Typing } from "./typing.js";

/**
 * @typedef {import("../parley.js").OutboxEntry} OutboxEntry
 * @typedef {{ offset: number, epoch: string }} Position
 * @typedef {{ state: import("../parley.js").State, user?: import("../parley.js").User, tenant?: string,
 *   limits?: import("../parley.js").ClientLimits, features: string[] }} Status
 *
 * What the engine tells every tab, its own included.
 * @typedef {{ kind: "status", status: Status } | { kind: "ready", resumed: boolean, position: Position }
 *   | { kind: "event", event: any } | { kind: "mark", offset: number }
 *   | { kind: "outbox", entries: ReturnType<typeof packed>[] }
 *   | { kind: "error", error: ReturnType<ParleyError["toJSON"]> }} Report
 *
 * @typedef {object} Platform
 * @property {import("../parley.js").Clock} clock
 * @property {() => number} random
 * @property {typeof WebSocket} [WebSocket]
 * @property {typeof fetch} fetch
 * @property {string} base  origin of the gateway, without a slash at its end
 * @property {string} clientName
 */

export const VERSION = "1.0.0";
/** Browsers open six connections to a host: one is the poll's, one the page's. */
const HTTP_IN_FLIGHT = 4;
/** Marks and messages wait so long for their reply, then go out again. */
const ANSWER_MS = 60_000;
/** New tokens that end at once must not make a storm on the platform. */
const REFRESH_MS = 10_000;
const SAVE_MS = 1_000;
/** As many as `presence.watch` takes; the tab that asked last comes first. */
const WATCHED_MAX = 200;
/** Events that concern the connection alone. */
const OWN_EVENTS = new Set(["mark", "token.expiring", "draining"]);

/** Performs what the values decide: one socket, or its HTTP twin, for all tabs of a person. */
export class Engine {
  /** @type {Status} */
  status;
  /** The person that the outbox belongs to. */
  #identity;
  #connection;
  #polling;
  #requests = new Requests();
  #outbox = new Outbox();
  #receipts = new Receipts();
  #typing = new Typing();
  /** @type {Position | undefined} */
  #position;
  /** @type {SocketTransport | undefined} */
  #socket;
  /** @type {PollingTransport | undefined} */
  #http;
  /**
   * Who waits for which reply.
   * @type {Map<string, (outcome: import("./requests.js").Outcome) => void>}
   */
  #waiting = new Map();
  /**
   * Whose presence each tab wants.
   * @type {Map<string, string[]>}
   */
  #watched = new Map();
  /** @type {object | undefined} */
  #presence;
  /** For the next hello. */
  #token = "";
  #refreshedAt = -Infinity;
  #saveAt = Infinity;
  /** @type {unknown} */
  #timer;
  #timerAt = Infinity;
  #isStopped = false;
  #platform;
  #tokens;
  #store;
  #report;

  /**
   * @param {Platform} platform
   * @param {import("./tokens.js").Tokens} tokens
   * @param {import("./store.js").Store} store
   * @param {{ tenant?: unknown, user?: unknown }} identity
   * @param {Status} status
   * @param {Position | undefined} position
   * @param {(report: Report) => void} report
   */
  constructor(platform, tokens, store, identity, status, position, report) {
    this.#platform = platform;
    this.#tokens = tokens;
    this.#store = store;
    this.#identity = identity;
    this.status = status;
    this.#position = position;
    this.#report = report;
    this.#connection = new Connection(platform.random);
    this.#polling = new Polling(platform.random);
  }

  get entries() {
    return this.#outbox.entries;
  }

  get #now() {
    return this.#platform.clock.now();
  }

  start() {
    if (globalThis.navigator?.onLine === false) this.#connection.hasNetwork = false;
    this.#perform(this.#connection.started(this.#now));
  }

  stop() {
    this.flush();
    this.#isStopped = true;
    this.#perform(this.#connection.stopped());
    this.#platform.clock.clearTimeout(this.#timer);
  }

  /** The page may be gone in a moment: what waits to be told is told, the position kept. */
  flush() {
    for (const receipt of this.#receipts.next(this.#now, true)) this.#tell(receipt);
    this.#pump();
    this.#save();
  }

  woken() {
    this.#perform(this.#connection.woken(this.#now));
  }

  /** @param {boolean} isThere */
  networkChanged(isThere) {
    this.#perform(this.#connection.networkChanged(isThere, this.#now));
  }

  /**
   * @param {string} tab
   * @param {string} op
   * @param {object} fields
   * @param {number} until
   * @returns {Promise<import("../parley.js").Reply>}
   */
  call(tab, op, fields, until) {
    if (op === "presence.set") this.#presence = fields;
    if (op === "presence.watch") fields = this.#watch(tab, fields);
    return new Promise((resolve, reject) => {
      this.#request({ op, fields, until }, ({ reply, error }) =>
        reply ? resolve(reply) : reject(error ?? new ParleyError("unavailable", "The connection broke.")),
      );
      this.#turn();
    });
  }

  /** @param {string} tab */
  left(tab) {
    this.#watched.delete(tab);
  }

  /** @param {readonly OutboxEntry[]} entries */
  addMessages(entries) {
    let isNew = false;
    for (const entry of entries) {
      isNew = this.#outbox.add(entry) || isNew;
      this.#typing.ended(entry.conversation);
    }
    if (isNew) this.#outboxChanged();
  }

  /**
   * @param {"retry" | "edit" | "discard"} action
   * @param {string} id
   * @param {string} [text]
   */
  changeMessage(action, id, text = "") {
    if (action === "edit") this.#outbox.edit(id, text);
    else this.#outbox[action](id);
    this.#outboxChanged();
  }

  /**
   * @param {string} conversation
   * @param {boolean} active
   */
  typing(conversation, active) {
    const told = this.#typing.changed(conversation, active, this.#now);
    if (told !== undefined) this.#sendUnanswered("typing", { conversation, active: told });
    this.#arm();
  }

  /**
   * @param {"read" | "received"} kind
   * @param {string} conversation
   * @param {number} seq
   */
  mark(kind, conversation, seq) {
    this.#receipts.mark(kind, conversation, seq, this.#now);
    this.#arm();
  }

  /** @param {import("./connection.js").Action[]} actions */
  #perform(actions) {
    for (const action of actions) {
      switch (action.do) {
        case "token":
          this.#fetchToken(action.reason);
          break;
        case "open":
          this.#open();
          break;
        case "hello":
          this.#hello();
          break;
        case "ping":
          this.#socket?.send('{"op":"ping","ref":"ping"}');
          break;
        case "drop":
          this.#dropSocket(action.code);
          break;
        case "poll":
          if (action.on) this.#startPolling();
          else this.#stopPolling();
      }
    }
    this.#turn();
  }

  /** @param {import("./tokens.js").Reason} reason */
  async #fetchToken(reason) {
    try {
      const token = await this.#tokens.get(reason);
      if (this.#isStopped || !this.#isOurs(token)) return;
      this.#token = token;
      this.#perform(this.#connection.tokenReady(this.#now));
    } catch (error) {
      if (this.#isStopped) return;
      this.#complain(error);
      this.#perform(this.#connection.tokenFailed(this.#now));
    }
  }

  /**
   * Another person's token must not send this one's messages.
   * @param {string} token
   */
  #isOurs(token) {
    const { tenant, sub } = claims(token);
    if (tenant === this.#identity.tenant && sub === this.#identity.user) return true;
    const error = new ParleyError("forbidden", "The token names another person: create a Parley for each.");
    this.#perform(this.#connection.failedForGood(error));
    return false;
  }

  #open() {
    const { base, WebSocket: Socket } = this.#platform;
    this.#socket = new SocketTransport(Socket, base.replace(/^http/, "ws") + "/v1/ws", {
      opened: () => this.#perform(this.#connection.opened(this.#now)),
      received: (text) => this.#received(text),
      closed: (code, reason) => {
        this.#socketLost();
        this.#perform(this.#connection.closed(code, reason, this.#now));
      },
    });
  }

  #hello() {
    const client = { name: this.#platform.clientName, version: VERSION, transport: "ws", attempt: this.#connection.failures };
    const { offset, epoch } = this.#position ?? {};
    const hello = { op: "hello", ref: "hello", protocol: "1", token: this.#token, since: offset, epoch, client };
    this.#socket?.send(JSON.stringify(hello));
  }

  /** @param {number} code */
  #dropSocket(code) {
    this.#socket?.drop(code);
    this.#socketLost();
  }

  #socketLost() {
    this.#socket = undefined;
    this.#requests.capacity = 0;
    for (const outcome of this.#requests.lost()) this.#settle(outcome);
  }

  /** @param {string} text */
  #received(text) {
    /** @type {any} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame === null || typeof frame !== "object") return;
    this.#connection.heard(this.#now);
    if (typeof frame.event === "string") this.#happened(frame);
    else if (frame.ref === "hello") this.#greeted(frame);
    else if (frame.ref === "refresh") {
      if (frame.ok !== true) this.#complain(ParleyError.fromWire(frame.error));
    } else this.#settle(this.#requests.answered(frame, this.#now));
    this.#turn();
  }

  /** @param {any} hello */
  #greeted(hello) {
    if (hello.ok !== true) return this.#connection.refused(ParleyError.fromWire(hello.error));
    const { user, tenant, limits, features } = hello;
    this.status = { ...this.status, user, tenant, limits, features: features ?? [] };
    this.#perform(this.#connection.welcomed(hello, this.#now));
    this.#isReady(hello.resumed === true, hello);
    if (this.#presence) this.#request({ op: "presence.set", fields: this.#presence, until: this.#now + ANSWER_MS }, () => {});
    const users = this.#allWatched();
    if (users.length > 0) this.#request({ op: "presence.watch", fields: { users }, until: this.#now + ANSWER_MS }, () => {});
  }

  /**
   * @param {boolean} resumed
   * @param {Position} position
   */
  #isReady(resumed, { offset, epoch }) {
    if (!resumed || !this.#position) this.#position = { offset, epoch };
    this.#report({ kind: "ready", resumed, position: this.#position });
  }

  /** @param {any} event */
  #happened(event) {
    if (typeof event.offset === "number") this.#moveOn(event.offset);
    if (event.event === "mark") this.#report({ kind: "mark", offset: event.offset });
    else if (event.event === "token.expiring") this.#refresh();
    else if (event.event === "draining") this.#connection.drains(event.retry_window_ms);
    else if (event.event === "tenant.updated" && event.limits) {
      this.status = { ...this.status, limits: event.limits };
      this.#reportStatus();
    }
    if (OWN_EVENTS.has(event.event)) return;
    this.#report({ kind: "event", event });
    if (event.event === "message.created" && this.#outbox.seen(event.message?.id)) this.#outboxChanged();
  }

  /** @param {number} offset */
  #moveOn(offset) {
    if (!this.#position || offset <= this.#position.offset) return;
    this.#position = { ...this.#position, offset };
    this.#saveAt = Math.min(this.#saveAt, this.#now + SAVE_MS);
  }

  #save() {
    this.#saveAt = Infinity;
    if (this.#position) this.#store.move({ ...this.#position, at: this.#now });
  }

  async #refresh() {
    if (this.#now - this.#refreshedAt < REFRESH_MS) return;
    this.#refreshedAt = this.#now;
    try {
      const token = await this.#tokens.get("refresh");
      this.#socket?.send(JSON.stringify({ op: "token.refresh", ref: "refresh", token }));
    } catch (error) {
      // The server closes with 4203 at the token's end, and a new one is asked for then.
      this.#complain(error);
    }
  }

  #startPolling() {
    const { fetch, base, clock } = this.#platform;
    this.#http = new PollingTransport(fetch, base, clock);
    this.#performPolling(this.#polling.started(this.#now));
  }

  #stopPolling() {
    this.#polling.stopped();
    this.#http?.stop();
    this.#http = undefined;
  }

  /** @param {import("./polling.js").PollAction[]} actions */
  #performPolling(actions) {
    for (const action of actions) {
      if (action.do === "ask") this.#poll(action.wait, "connect");
      else if (action.do === "renew") this.#poll(0, "refused");
      else this.#perform(this.#connection.failedForGood(new ParleyError("forbidden", "The server refuses this client.")));
    }
  }

  /**
   * @param {number} wait
   * @param {import("./tokens.js").Reason} reason
   */
  async #poll(wait, reason) {
    const http = this.#http;
    const token = await this.#tokens.get(reason).catch((error) => this.#complain(error));
    if (!http || http !== this.#http || (token && !this.#isOurs(token))) return;
    const asked = this.#position;
    const { status, body, retryAfterMs } = token
      ? await http.events(token, asked, wait)
      : { status: 0, body: undefined, retryAfterMs: 0 };
    if (http !== this.#http) return;
    if (token && status === 401) this.#tokens.refused(token);
    if (status === 200 && Array.isArray(body.events)) this.#polled(body, asked);
    else {
      if (this.#polling.failures > 0) this.#connection.pollingWorks = false;
      this.#performPolling(this.#polling.failed(status, retryAfterMs, this.#now));
    }
    this.#turn();
  }

  /**
   * @param {any} body
   * @param {Position | undefined} asked
   */
  #polled(body, asked) {
    const resumed = body.resumed === true && asked !== undefined;
    const isFirst = !this.#connection.pollingWorks;
    this.#connection.pollingWorks = true;
    this.#turn();
    if (isFirst || !resumed) this.#isReady(resumed, body);
    for (const event of body.events) this.#happened(event);
    if (typeof body.offset === "number") {
      this.#moveOn(body.offset);
      this.#report({ kind: "mark", offset: body.offset });
    }
    this.#performPolling(this.#polling.answered(body.events.length, this.#now));
  }

  /**
   * @param {{ op: string, fields: object, until: number, isOnce?: boolean }} command
   * @param {(outcome: import("./requests.js").Outcome) => void} settled
   */
  #request(command, settled) {
    try {
      this.#waiting.set(this.#requests.add(command).ref, settled);
    } catch (error) {
      const request = { ref: "", isOnce: false, ...command };
      settled({ request, error: /** @type {ParleyError} */ (error) });
    }
  }

  /** @param {import("./requests.js").Outcome | undefined} outcome */
  #settle(outcome) {
    if (!outcome) return;
    const settled = this.#waiting.get(outcome.request.ref);
    this.#waiting.delete(outcome.request.ref);
    settled?.(outcome);
  }

  /** Hands on whatever may go out now. */
  #pump() {
    const now = this.#now;
    if (this.#requests.capacity === 0) return;
    for (const entry of this.#outbox.next(now)) this.#sendEntry(entry);
    for (const receipt of this.#receipts.next(now)) this.#tell(receipt);
    for (const { conversation, active } of this.#typing.ticked(now)) {
      this.#sendUnanswered("typing", { conversation, active });
    }
    for (const { ref, op, fields } of this.#requests.next(now)) {
      const command = { ...fields, op, ref };
      if (this.#socket) this.#socket.send(JSON.stringify(command));
      else this.#post(ref, command);
    }
  }

  /**
   * @param {string} ref
   * @param {object} command
   */
  async #post(ref, command) {
    const token = await this.#tokens.get("connect").catch(() => undefined);
    const answer = token ? await this.#http?.command(token, command) : undefined;
    if (token && answer?.status === 401) this.#tokens.refused(token);
    const isReply = answer && answer.status > 0 && answer.status !== 401 && typeof answer.body.ok === "boolean";
    this.#settle(
      isReply ? this.#requests.answered({ ...answer.body, ref }, this.#now) : this.#requests.returned(ref, this.#now),
    );
    if (!this.#isStopped) this.#turn();
  }

  /**
   * @param {string} op
   * @param {object} fields
   */
  #sendUnanswered(op, fields) {
    if (this.#requests.capacity === 0) return;
    if (this.#socket) this.#socket.send(JSON.stringify({ op, ...fields }));
    else this.#tokens.get("connect").then((token) => this.#http?.command(token, { op, ...fields })).catch(() => {});
  }

  /** @param {OutboxEntry} entry */
  #sendEntry({ id, conversation, text, replyTo, thread, attachments, voice }) {
    const fields = { conversation, id, text, reply_to: replyTo, thread, attachments, voice };
    const until = this.#now + ANSWER_MS;
    this.#request({ op: "message.send", fields, until, isOnce: true }, ({ reply, error }) => {
      if (reply) this.#outbox.sent(id, /** @type {any} */ (reply), this.#now);
      else if (error) this.#outbox.refused(id, error, this.#now);
      else return this.#outbox.lost(id);
      this.#outboxChanged();
    });
  }

  /** @param {import("./receipts.js").Receipt} receipt */
  #tell(receipt) {
    const { kind, conversation, seq } = receipt;
    const until = this.#now + ANSWER_MS;
    this.#request({ op: kind, fields: { conversation, seq }, until, isOnce: true }, ({ reply, error }) => {
      if (reply || (error && !error.isTemporary)) this.#receipts.done(receipt, this.#now);
      else this.#receipts.postponed(receipt, this.#now + (error ? (error.retryAfterMs ?? 1_000) : 0));
    });
  }

  /**
   * One list a connection: whom any tab wants to see.
   * @param {string} tab
   * @param {any} fields
   */
  #watch(tab, fields) {
    this.#watched.delete(tab);
    this.#watched.set(tab, fields.users ?? []);
    return { ...fields, users: this.#allWatched() };
  }

  #allWatched() {
    return [...new Set([...this.#watched.values()].reverse().flat())].slice(0, WATCHED_MAX);
  }

  #outboxChanged() {
    this.#report({ kind: "outbox", entries: this.#outbox.entries.map(packed) });
    this.#turn();
  }

  /** @param {unknown} error */
  #complain(error) {
    const known =
      error instanceof ParleyError ? error : new ParleyError("unauthenticated", `No token: ${/** @type {any} */ (error)?.message ?? error}`);
    this.#report({ kind: "error", error: known.toJSON() });
  }

  /** After anything that happened: tell the state, hand on what may go, set the timer. */
  #turn() {
    for (const change of this.#outbox.takeChanges()) {
      if ("put" in change) this.#store.put(change.put);
      else this.#store.remove(change.remove);
    }
    const { state } = this.#connection;
    const inFlight = state === "online" ? (this.status.limits?.in_flight ?? 64) : 0;
    this.#requests.capacity = state === "polling" ? HTTP_IN_FLIGHT : inFlight;
    if (state !== this.status.state) {
      this.status = { ...this.status, state };
      this.#reportStatus();
      if (state === "error" && this.#connection.error) this.#complain(this.#connection.error);
    }
    this.#pump();
    this.#arm();
  }

  #reportStatus() {
    this.#report({ kind: "status", status: this.status });
  }

  #arm() {
    if (this.#isStopped) return;
    const now = this.#now;
    const hasWay = this.#requests.capacity > 0;
    const due = Math.min(
      this.#connection.due,
      this.#polling.due,
      this.#requests.due(now),
      this.#outbox.due(now),
      this.#saveAt,
      hasWay ? Math.min(this.#receipts.due, this.#typing.due) : Infinity,
    );
    // A timer that fires early does no harm, and saves setting one for every frame.
    if (this.#timerAt <= due) return;
    const { clock } = this.#platform;
    clock.clearTimeout(this.#timer);
    this.#timerAt = due;
    if (due === Infinity) return;
    this.#timer = clock.setTimeout(() => this.#ticked(), Math.min(Math.max(1, Math.ceil(due - now)), 2 ** 31 - 1));
  }

  #ticked() {
    this.#timerAt = Infinity;
    const now = this.#now;
    if (now >= this.#saveAt) this.#save();
    for (const outcome of this.#requests.expired(now)) this.#settle(outcome);
    const hasGone = this.#outbox.ticked(now);
    this.#performPolling(this.#polling.ticked(now));
    this.#perform(this.#connection.ticked(now));
    if (hasGone) this.#outboxChanged();
  }
}
