import { WINDOW_MS, reconnectDelay } from "./reconnect.js";

/** @typedef {{ do: "ask", wait: number } | { do: "renew" } | { do: "final" }} PollAction */

/** Long polls wait so long at the server, in seconds. */
const WAIT_S = 25;
/** Between two answers without anything, where a proxy or a server doesn't wait. */
const QUIET_MS = 2_000;

/** The loop of long polls, as a value. It never gives up either. */
export class Polling {
  due = Infinity;
  isOn = false;
  /** So many in a row without an answer. */
  failures = 0;
  #askedAt = 0;
  #refusals = 0;
  #random;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  /**
   * The first poll doesn't wait, so that the page knows at once whether HTTP works.
   * @param {number} now
   * @returns {PollAction[]}
   */
  started(now) {
    this.isOn = true;
    this.failures = this.#refusals = 0;
    return this.#ask(now, 0);
  }

  stopped() {
    this.isOn = false;
    this.due = Infinity;
  }

  /**
   * @param {number} count of events
   * @param {number} now
   * @returns {PollAction[]}
   */
  answered(count, now) {
    if (!this.isOn) return [];
    this.failures = this.#refusals = 0;
    if (count === 0 && now - this.#askedAt < QUIET_MS) {
      this.due = this.#askedAt + QUIET_MS;
      return [];
    }
    return this.#ask(now, WAIT_S);
  }

  /**
   * Status 0: no answer at all.
   * @param {number} status
   * @param {number} retryAfterMs
   * @param {number} now
   * @returns {PollAction[]}
   */
  failed(status, retryAfterMs, now) {
    if (!this.isOn) return [];
    if (status === 403) return [{ do: "final" }];
    if (status === 401) {
      this.#refusals += 1;
      this.#askedAt = now;
      this.due = Infinity;
      return this.#refusals > 1 ? [{ do: "final" }] : [{ do: "renew" }];
    }
    this.failures += 1;
    this.due = now + retryAfterMs + reconnectDelay(this.failures, WINDOW_MS, this.#random);
    return [];
  }

  /**
   * @param {number} now
   * @returns {PollAction[]}
   */
  ticked(now) {
    return this.isOn && now >= this.due ? this.#ask(now, this.failures > 0 ? 0 : WAIT_S) : [];
  }

  /**
   * @param {number} now
   * @param {number} wait
   * @returns {PollAction[]}
   */
  #ask(now, wait) {
    this.#askedAt = now;
    this.due = Infinity;
    return [{ do: "ask", wait }];
  }
}
