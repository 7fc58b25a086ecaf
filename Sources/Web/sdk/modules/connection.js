import { ParleyError } from "./errors.js";
import { FALLBACK_FAILURES, STABLE_MS, WINDOW_MS, closeAdvice, reconnectDelay, retryHint } from "./reconnect.js";

/**
 * @typedef {{ do: "token", reason: "connect" | "refresh" | "refused" } | { do: "open" } | { do: "hello" }
 *   | { do: "ping" } | { do: "drop", code: number } | { do: "poll", on: boolean }} Action
 * @typedef {"idle" | "waiting" | "token" | "opening" | "greeting" | "live" | "final"} Phase
 */

/** An upgrade that a proxy swallows is never answered: wait no longer, so that HTTP can stand in. */
const OPEN_MS = 5_000;
/** As long as the server waits for the `hello`. */
const HELLO_MS = 10_000;
const TOKEN_MS = 30_000;
/** On top of `heartbeat_ms` (docs/protocol.md §2). */
const SILENCE_MS = 10_000;
/** How long a ping may stay unanswered, after a sleep or a change of networks. */
const PROBE_MS = 5_000;
/** A timer that fires so late means that the machine slept or the tab was frozen. */
const LATE_MS = 5_000;
/** 42xx so often in a row, each before the connection was stable, is backed off from. */
const COMEBACKS = 3;

/** The life of the socket, as a value: what happened and the time in, actions out. It never gives up by itself. */
export class Connection {
  /** @type {Phase} */
  phase = "idle";
  failures = 0;
  /** When `ticked` is due. */
  due = Infinity;
  /** HTTP stands in. */
  isPolling = false;
  /** HTTP stands in, and its last answer came. */
  pollingWorks = false;
  /** What the browser says of its network. */
  hasNetwork = true;
  /**
   * Why the phase is final.
   * @type {ParleyError | undefined}
   */
  error;

  #window = WINDOW_MS;
  #heartbeat = 25_000;
  #liveSince = 0;
  #heardAt = 0;
  #isProbing = false;
  #refusals = 0;
  #comebacks = 0;
  /** @type {"connect" | "refresh" | "refused"} */
  #reason = "connect";
  /** @type {ParleyError | undefined} */
  #helloError;
  #random;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  /** @returns {import("../parley.js").State} */
  get state() {
    if (this.phase === "live") return "online";
    if (this.phase === "final") return "error";
    if (this.phase === "idle") return "offline";
    if (this.pollingWorks) return "polling";
    return this.hasNetwork ? "connecting" : "offline";
  }

  /**
   * @param {number} now
   * @returns {Action[]}
   */
  started(now) {
    if (this.phase !== "idle" && this.phase !== "final") return [];
    this.failures = this.#refusals = this.#comebacks = 0;
    this.error = undefined;
    return this.#try(now);
  }

  /** @returns {Action[]} */
  stopped() {
    this.phase = "idle";
    this.due = Infinity;
    return [...this.#polling(false), { do: "drop", code: 1000 }];
  }

  /**
   * @param {number} now
   * @returns {Action[]}
   */
  tokenReady(now) {
    if (this.phase !== "token") return [];
    this.phase = "opening";
    this.due = now + OPEN_MS;
    return [{ do: "open" }];
  }

  /**
   * @param {number} now
   * @returns {Action[]}
   */
  tokenFailed(now) {
    return this.phase === "token" ? this.#failed(now, 0) : [];
  }

  /**
   * @param {number} now
   * @returns {Action[]}
   */
  opened(now) {
    if (this.phase !== "opening") return [];
    this.phase = "greeting";
    this.due = now + HELLO_MS;
    return [{ do: "hello" }];
  }

  /**
   * A `hello` was refused; the close that follows decides.
   * @param {ParleyError} error
   */
  refused(error) {
    this.#helloError = error;
  }

  /**
   * The `hello` was answered.
   * @param {{ heartbeat_ms?: number, retry_window_ms?: number }} hello
   * @param {number} now
   * @returns {Action[]}
   */
  welcomed(hello, now) {
    this.phase = "live";
    this.#liveSince = now;
    this.#refusals = 0;
    this.#heartbeat = hello.heartbeat_ms ?? 25_000;
    this.#window = hello.retry_window_ms ?? WINDOW_MS;
    this.#helloError = undefined;
    this.heard(now);
    return this.#polling(false);
  }

  /**
   * Any frame.
   * @param {number} now
   */
  heard(now) {
    this.#heardAt = now;
    if (this.phase !== "live") return;
    this.#isProbing = false;
    this.due = now + this.#heartbeat + SILENCE_MS;
  }

  /**
   * `draining` told its window.
   * @param {number | undefined} window
   */
  drains(window) {
    this.#window = window ?? this.#window;
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {number} now
   * @returns {Action[]}
   */
  closed(code, reason, now) {
    if (this.phase === "idle" || this.phase === "final") return [];
    const hint = retryHint(reason);
    this.#reason = code === 4001 ? "refused" : code === 4203 ? "refresh" : "connect";
    if (code === 4001 && this.#refusals === 0) {
      this.#refusals = 1;
      return this.#try(now);
    }
    const advice = closeAdvice(code);
    if (advice === "final") return this.failedForGood(this.#explain(code, reason));
    if (advice === "comeBack" && this.phase === "live") {
      const wasStable = now - this.#liveSince >= STABLE_MS;
      this.#comebacks = wasStable ? 0 : this.#comebacks + 1;
      if (wasStable) this.failures = 0;
      if (this.#comebacks <= COMEBACKS) return this.#wait(now, this.#window * this.#random(), hint);
    }
    return this.#failed(now, hint);
  }

  /**
   * Nothing but a new start helps.
   * @param {ParleyError} error
   * @returns {Action[]}
   */
  failedForGood(error) {
    this.phase = "final";
    this.due = Infinity;
    this.error = error;
    return [...this.#polling(false), { do: "drop", code: 1000 }];
  }

  /**
   * @param {number} now
   * @returns {Action[]}
   */
  ticked(now) {
    if (now < this.due) return [];
    switch (this.phase) {
      case "waiting":
        return this.#try(now);
      case "token":
        return this.#failed(now, 0);
      case "opening":
      case "greeting":
        return [{ do: "drop", code: 3000 }, ...this.#failed(now, 0)];
      case "live":
        if (!this.#isProbing && now - this.due > LATE_MS) return this.#probe(now);
        return [{ do: "drop", code: 3000 }, ...this.#failed(now, 0)];
      default:
        this.due = Infinity;
        return [];
    }
  }

  /**
   * The tab is visible again, the machine awake, the network back.
   * @param {number} now
   * @returns {Action[]}
   */
  woken(now) {
    if (this.phase === "live") return now - this.#heardAt > PROBE_MS ? this.#probe(now) : [];
    if (this.phase === "waiting") this.due = Math.min(this.due, now + this.#window * this.#random());
    // A frozen tab says hello too late: that is no fault to show.
    return this.phase === "final" && this.error?.closeCode === 4007 ? this.started(now) : [];
  }

  /**
   * @param {boolean} isThere
   * @param {number} now
   * @returns {Action[]}
   */
  networkChanged(isThere, now) {
    this.hasNetwork = isThere;
    return this.phase === "live" ? this.#probe(now) : isThere ? this.woken(now) : [];
  }

  /**
   * @param {number} now
   * @returns {Action[]}
   */
  #try(now) {
    const reason = this.#reason;
    this.phase = "token";
    this.due = now + TOKEN_MS;
    this.#reason = "connect";
    return [{ do: "token", reason }];
  }

  /**
   * @param {number} now
   * @returns {Action[]}
   */
  #probe(now) {
    if (this.#isProbing) return [];
    this.#isProbing = true;
    this.due = now + PROBE_MS;
    return [{ do: "ping" }];
  }

  /**
   * @param {number} now
   * @param {number} hint
   * @returns {Action[]}
   */
  #failed(now, hint) {
    const wasStable = this.phase === "live" && now - this.#liveSince >= STABLE_MS;
    this.failures = wasStable ? 0 : this.failures + 1;
    this.#refusals = 0;
    const actions = this.#wait(now, reconnectDelay(this.failures, this.#window, this.#random), hint);
    return this.failures >= FALLBACK_FAILURES ? [...this.#polling(true), ...actions] : actions;
  }

  /**
   * @param {number} now
   * @param {number} delay
   * @param {number} hint
   * @returns {Action[]}
   */
  #wait(now, delay, hint) {
    this.phase = "waiting";
    this.due = now + hint + delay;
    return [];
  }

  /**
   * @param {boolean} on
   * @returns {Action[]}
   */
  #polling(on) {
    if (this.isPolling === on) return [];
    this.isPolling = on;
    this.pollingWorks = false;
    return [{ do: "poll", on }];
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #explain(code, reason) {
    const codes = { 4001: "unauthenticated", 4003: "forbidden", 4004: "forbidden", 4009: "too_large" };
    const known = this.#helloError;
    const fallback = /** @type {Record<number, string>} */ (codes)[code] ?? "bad_request";
    const message = known?.message ?? (reason || `The server closed the connection (${code}).`);
    return new ParleyError(known?.code ?? fallback, message, { field: known?.field, closeCode: code });
  }
}
