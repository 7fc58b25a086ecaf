import { ParleyError } from "./errors.js";

/**
 * What to ask next: all in one request; or by tus 1.0 its creation, how much the server has, and the bytes `from` … `to`.
 * @typedef {{ do: "post" } | { do: "create" } | { do: "ask", location: string }
 *   | { do: "append", location: string, from: number, to: number }} Step
 *
 * What came of it; status 0: no answer.
 * @typedef {{ status: number, location?: string, offset?: number, body?: any, retryAfterMs: number, tookMs: number }} Answer
 *
 * @typedef {{ file?: import("../parley.js").UploadedFile, error?: ParleyError, waitMs?: number, isRefused?: boolean }} Outcome
 *   none of `file` and `error`: go on, after `waitMs`; `isRefused`: with another token
 */

/** Files up to here go in one request: on a slow line (1 Mbit/s) that takes 8 s, not worth resuming. */
export const WHOLE_MAX = 1_048_576;
/** A piece should take about a second: short enough to show progress and to lose little, long enough to fill the line. */
const PIECE = { first: 262_144, min: 65_536, max: 8_388_608, fastMs: 600, slowMs: 2_000 };
/** So often it begins anew where the server no longer knows the upload. */
const RESTARTS_MAX = 3;
/** `internal`, and answers that are no contract's, are borne so often in a row. */
const FAULTS_MAX = 5;
/** Tokens refused in a row: the next one will not be better. */
const REFUSALS_MAX = 2;
/** Answers that mean «not now»: busy, a proxy without its server, an upload that another request still holds (423). */
const LATER = new Set([0, 408, 423, 425, 429, 502, 503, 504]);
/** The codes of refusals without a body of the contract's (docs/protocol.md, «Errors and closing»). */
const CODES = new Map([[400, "bad_request"], [401, "unauthenticated"], [403, "forbidden"], [404, "not_found"], [413, "too_large"], [415, "unsupported_media"]]);

/** One file on its way, as a value: answers in, the next step out. A broken connection only makes it ask and go on. */
export class UploadSteps {
  /** How much the server has. */
  sent = 0;
  /**
   * Where the upload is, once the server made it.
   * @type {string | undefined}
   */
  location;

  #size;
  #delay;
  #piece = PIECE.first;
  /** The server may have more than it could say. */
  #isUnsure = false;
  #failures = 0;
  #faults = 0;
  #refusals = 0;
  #restarts = 0;

  /**
   * @param {number} size
   * @param {(failures: number) => number} delay the wait after so many failures in a row, in milliseconds
   */
  constructor(size, delay) {
    this.#size = size;
    this.#delay = delay;
  }

  /** @returns {Step} */
  next() {
    if (this.#size <= WHOLE_MAX) return { do: "post" };
    const { location } = this;
    if (location === undefined) return { do: "create" };
    if (this.#isUnsure) return { do: "ask", location };
    // Where all is there already, an empty piece asks for what became of it.
    return { do: "append", location, from: this.sent, to: Math.min(this.#size, this.sent + this.#piece) };
  }

  /**
   * @param {Step} step
   * @param {Answer} answer
   * @returns {Outcome}
   */
  answered(step, answer) {
    const { status, body, retryAfterMs } = answer;
    const isMade = status >= 200 && status < 300;
    if (isMade && body?.upload) {
      this.sent = this.#size;
      return { file: body.upload };
    }
    if (LATER.has(status)) return this.#later(retryAfterMs);
    if (status === 401 && (this.#refusals += 1) <= REFUSALS_MAX) return { isRefused: true };
    if (step.do === "create" && isMade && answer.location !== undefined) return this.#created(answer.location);
    if (step.do === "ask" || step.do === "append") {
      if (isMade && answer.offset !== undefined) return this.#moved(step, answer);
      if (status === 409) {
        this.#isUnsure = true;
        return {};
      }
      if (status === 404 || status === 410) return this.#gone(answer);
    }
    if (step.do === "ask" && status >= 400 && status < 500 && status !== 401) {
      // It was refused: an answer to HEAD has no body that could say why, one to an empty piece has.
      this.sent = this.#size;
      this.#isUnsure = false;
      return {};
    }
    const error = refusal(status, body);
    if (error.code !== "internal" || (this.#faults += 1) > FAULTS_MAX) return { error };
    return this.#later(retryAfterMs);
  }

  /** @param {number} retryAfterMs */
  #later(retryAfterMs) {
    this.#failures += 1;
    this.#isUnsure = this.location !== undefined;
    return { waitMs: Math.max(retryAfterMs, this.#delay(this.#failures)) };
  }

  /** @param {string} location */
  #created(location) {
    this.location = location;
    this.sent = 0;
    this.#isUnsure = false;
    return {};
  }

  /**
   * @param {Step} step
   * @param {Answer} answer
   * @returns {Outcome}
   */
  #moved(step, { offset = 0, tookMs }) {
    if (!(offset >= 0 && offset <= this.#size)) return { error: refusal(0, undefined) };
    const isFurther = offset > this.sent;
    this.sent = offset;
    this.#isUnsure = false;
    this.#refusals = 0;
    if (step.do === "ask") return {};
    if (isFurther) {
      this.#failures = this.#faults = this.#restarts = 0;
      if (tookMs < PIECE.fastMs) this.#piece = Math.min(PIECE.max, this.#piece * 2);
      if (tookMs > PIECE.slowMs) this.#piece = Math.max(PIECE.min, this.#piece / 2);
      return {};
    }
    // Taken, and yet no further: as many times as a fault.
    return (this.#faults += 1) > FAULTS_MAX ? { error: refusal(0, undefined) } : this.#later(0);
  }

  /**
   * Expired, or the server lost it: from the beginning.
   * @param {Answer} answer
   * @returns {Outcome}
   */
  #gone({ status, body }) {
    this.location = undefined;
    this.sent = 0;
    this.#isUnsure = false;
    return (this.#restarts += 1) > RESTARTS_MAX ? { error: refusal(status, body) } : {};
  }
}

/**
 * @param {number} status
 * @param {any} body
 */
function refusal(status, body) {
  if (typeof body?.error?.code === "string") return ParleyError.fromWire(body.error);
  return new ParleyError(CODES.get(status) ?? "internal", `The server answered ${status}.`);
}
