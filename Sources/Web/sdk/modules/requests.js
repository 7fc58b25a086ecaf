import { ParleyError } from "./errors.js";

/**
 * One command on its way.
 * @typedef {object} Request
 * @property {string} ref
 * @property {string} op
 * @property {object} fields
 * @property {number} until given up at this time, where it has not been answered
 * @property {boolean} isOnce handed back to its owner where it can't be answered now, not queued again
 *
 * @typedef {{ request: Request, reply?: import("../parley.js").Reply, error?: ParleyError }} Outcome
 *   neither reply nor error: lost with the connection
 */

/** Waiting commands beyond this are refused here, as the server would. */
const WAITING_MAX = 1_000;
/** The wait after a refusal that doesn't name one. */
const PAUSE_MS = 1_000;

/** Commands that wait for their turn or their reply, as a value. Whatever stores something is safe to send again. */
export class Requests {
  /** How many may wait for a reply at once: 0 without a connection. */
  capacity = 0;

  /** @type {Request[]} */
  #queue = [];
  /** @type {Map<string, Request>} */
  #flight = new Map();
  /** Shrinks to 1 where the server says «too fast», grows by one with each reply: refusals in a row end in a close. */
  #window = Infinity;
  #pausedUntil = 0;
  #refs = 0;

  /**
   * @param {{ op: string, fields: object, until: number, isOnce?: boolean }} command
   * @returns {Request}
   */
  add({ op, fields, until, isOnce = false }) {
    if (this.#queue.length >= WAITING_MAX) throw new ParleyError("overloaded", "Too many commands wait already.");
    this.#refs += 1;
    const request = { ref: String(this.#refs), op, fields, until, isOnce };
    this.#queue.push(request);
    return request;
  }

  /**
   * What to send now.
   * @param {number} now
   * @returns {Request[]}
   */
  next(now) {
    if (now < this.#pausedUntil) return [];
    const room = Math.min(this.capacity, Math.floor(this.#window)) - this.#flight.size;
    const batch = this.#queue.splice(0, Math.max(0, room));
    for (const request of batch) this.#flight.set(request.ref, request);
    return batch;
  }

  /**
   * When something may be due without anything else happening.
   * @param {number} now
   */
  due(now) {
    let due = Infinity;
    for (const request of this.#queue) due = Math.min(due, request.until);
    for (const request of this.#flight.values()) due = Math.min(due, request.until);
    const isPaused = this.#queue.length > 0 && this.capacity > 0 && this.#pausedUntil > now;
    return isPaused ? Math.min(due, this.#pausedUntil) : due;
  }

  /**
   * @param {Record<string, unknown>} frame
   * @param {number} now
   * @returns {Outcome | undefined}
   */
  answered(frame, now) {
    const request = this.#flight.get(String(frame.ref));
    if (!request) return undefined;
    this.#flight.delete(request.ref);
    if (frame.ok === true) {
      this.#window += 1;
      return { request, reply: /** @type {import("../parley.js").Reply} */ (/** @type {unknown} */ (frame)) };
    }
    const error = ParleyError.fromWire(frame.error);
    if (!error.isTemporary) return { request, error };
    const wait = error.retryAfterMs ?? PAUSE_MS;
    this.#window = 1;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + wait);
    if (request.isOnce || now + wait >= request.until) return { request, error };
    this.#queueAgain([request]);
    return undefined;
  }

  /**
   * One could not be sent (HTTP).
   * @param {string} ref
   * @param {number} now
   * @returns {Outcome | undefined}
   */
  returned(ref, now) {
    const request = this.#flight.get(ref);
    if (!request) return undefined;
    this.#flight.delete(ref);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + PAUSE_MS);
    if (request.isOnce) return { request };
    this.#queueAgain([request]);
    return undefined;
  }

  /**
   * The connection has gone, and with it the replies.
   * @returns {Outcome[]}
   */
  lost() {
    const all = [...this.#flight.values(), ...this.#queue];
    this.#flight.clear();
    this.#queue = all.filter((request) => !request.isOnce).sort(inOrder);
    return all.filter((request) => request.isOnce).map((request) => ({ request }));
  }

  /**
   * Those nobody waits for any longer.
   * @param {number} now
   * @returns {Outcome[]}
   */
  expired(now) {
    const late = [...this.#flight.values(), ...this.#queue].filter((request) => request.until <= now);
    if (late.length === 0) return [];
    for (const request of late) this.#flight.delete(request.ref);
    this.#queue = this.#queue.filter((request) => request.until > now);
    return late.map((request) => ({ request, error: new ParleyError("unavailable", "No answer in time.") }));
  }

  /** @param {Request[]} requests */
  #queueAgain(requests) {
    this.#queue = [...requests, ...this.#queue].sort(inOrder);
  }
}

/**
 * @param {Request} one
 * @param {Request} other
 */
function inOrder(one, other) {
  return Number(one.ref) - Number(other.ref);
}
