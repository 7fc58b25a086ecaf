import { ParleyError } from "./errors.js";

/** @typedef {import("../parley.js").OutboxEntry} OutboxEntry */
/** @typedef {{ put: OutboxEntry } | { remove: string }} Change */

/** `internal` is tried so often before a person is asked. */
const TRIES_MAX = 5;
/** A stored message leaves the outbox when its event comes, or after this time (the event may have come before). */
const SENT_MS = 10_000;

/**
 * Messages from writing to stored, as a value. One at a time per conversation, so that a refusal («too fast») can't
 * turn their order around; a message that failed doesn't hold up the next.
 */
export class Outbox {
  /** @type {Map<string, OutboxEntry>} */
  #entries = new Map();
  /** @type {Map<string, { isOut: boolean, retryAt: number, tries: number, goneAt: number }>} */
  #turns = new Map();
  /** @type {Change[]} */
  #changes = [];

  /** @returns {readonly OutboxEntry[]} */
  get entries() {
    return [...this.#entries.values()];
  }

  /**
   * What the storage has not heard of yet.
   * @returns {Change[]}
   */
  takeChanges() {
    return this.#changes.splice(0);
  }

  /**
   * @param {OutboxEntry} entry
   * @returns {boolean} false: known already
   */
  add(entry) {
    if (this.#entries.has(entry.id)) return false;
    this.#turns.set(entry.id, { isOut: false, retryAt: 0, tries: 0, goneAt: Infinity });
    this.#set(entry);
    return true;
  }

  /**
   * The messages whose turn it is.
   * @param {number} now
   * @returns {OutboxEntry[]}
   */
  next(now) {
    const busy = new Set();
    const batch = [];
    for (const entry of this.#entries.values()) {
      if (entry.state !== "sending" || busy.has(entry.conversation)) continue;
      busy.add(entry.conversation);
      const turn = this.#turn(entry.id);
      if (turn.isOut || turn.retryAt > now) continue;
      turn.isOut = true;
      turn.tries += 1;
      batch.push(entry);
    }
    return batch;
  }

  /**
   * When a turn comes or a stored one leaves, without anything else happening.
   * @param {number} now
   */
  due(now) {
    let due = Infinity;
    for (const turn of this.#turns.values()) {
      due = Math.min(due, turn.goneAt);
      if (!turn.isOut && turn.retryAt > now) due = Math.min(due, turn.retryAt);
    }
    return due;
  }

  /**
   * @param {string} id
   * @param {{ seq?: number, at?: string }} reply
   * @param {number} now
   */
  sent(id, reply, now) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#turn(id).goneAt = now + SENT_MS;
    this.#entries.set(id, { ...entry, state: "sent", error: undefined, seq: reply.seq, storedAt: reply.at });
    this.#changes.push({ remove: id });
  }

  /**
   * @param {string} id
   * @param {ParleyError} error
   * @param {number} now
   */
  refused(id, error, now) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const turn = this.#turn(id);
    turn.isOut = false;
    const triesAgain = error.isTemporary || (error.code === "internal" && turn.tries < TRIES_MAX);
    if (triesAgain) turn.retryAt = now + (error.retryAfterMs ?? 1_000 * 2 ** Math.min(turn.tries - 1, 5));
    else this.#set({ ...entry, state: "failed", error });
  }

  /**
   * The connection has gone: the same again, under the same id.
   * @param {string} id
   */
  lost(id) {
    const turn = this.#turns.get(id);
    if (turn) turn.isOut = false;
  }

  /**
   * Its `message.created` came: it is stored, whatever becomes of the reply.
   * @param {string} id
   * @returns {boolean}
   */
  seen(id) {
    if (!this.#entries.has(id)) return false;
    this.discard(id);
    return true;
  }

  /**
   * @param {string} id
   * @returns {boolean}
   */
  retry(id) {
    const entry = this.#entries.get(id);
    if (entry?.state !== "failed") return false;
    const turn = this.#turn(id);
    turn.tries = turn.retryAt = 0;
    this.#set({ ...entry, state: "sending", error: undefined });
    return true;
  }

  /**
   * No effect once it is on its way or stored.
   * @param {string} id
   * @param {string} text
   * @returns {boolean}
   */
  edit(id, text) {
    const entry = this.#entries.get(id);
    if (!entry || entry.state === "sent" || this.#turn(id).isOut) return false;
    this.#set({ ...entry, text });
    this.retry(id);
    return true;
  }

  /** @param {string} id */
  discard(id) {
    this.#turns.delete(id);
    if (this.#entries.delete(id)) this.#changes.push({ remove: id });
  }

  /**
   * Lets go of messages stored long ago.
   * @param {number} now
   * @returns {boolean} whether there were any
   */
  ticked(now) {
    const gone = [...this.#turns].filter(([, turn]) => turn.goneAt <= now).map(([id]) => id);
    for (const id of gone) this.discard(id);
    return gone.length > 0;
  }

  /** @param {OutboxEntry} entry */
  #set(entry) {
    this.#entries.set(entry.id, entry);
    this.#changes.push({ put: entry });
  }

  /** @param {string} id */
  #turn(id) {
    return this.#turns.get(id) ?? { isOut: false, retryAt: 0, tries: 0, goneAt: Infinity };
  }
}

/**
 * An entry as a plain object, which survives a BroadcastChannel and a database.
 * @param {OutboxEntry} entry
 */
export function packed(entry) {
  return { ...entry, error: entry.error && ParleyError.prototype.toJSON.call(entry.error) };
}

/**
 * @param {ReturnType<typeof packed>} plain
 * @returns {OutboxEntry}
 */
export function unpacked(plain) {
  return { ...plain, error: plain.error && ParleyError.fromJSON(plain.error) };
}
