/** @typedef {import("../parley.js").ErrorCode} ErrorCode */
/** @typedef {{ code: string, message?: string, field?: string, reason?: string, retry_after_ms?: number }} WireError */

/** Refusals that mean «not now»: the same command may go through later (docs/protocol.md, «Errors and closing»). */
const LATER = new Set(["rate_limited", "overloaded", "unavailable", "token_expired"]);

/** Every «no»: of the server by the contract's codes, and the client's own (`unavailable`: no connection in time). */
export class ParleyError extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   * @param {{ field?: string, reason?: string, retryAfterMs?: number, closeCode?: number }} [details]
   */
  constructor(code, message = code, details = {}) {
    super(message);
    this.name = "ParleyError";
    this.code = /** @type {ErrorCode} */ (code);
    /** @type {string | undefined} */
    this.field = details.field;
    /** @type {string | undefined} */
    this.reason = details.reason;
    /** @type {number | undefined} */
    this.retryAfterMs = details.retryAfterMs;
    /** @type {number | undefined} */
    this.closeCode = details.closeCode;
  }

  /** Whether the same command may go through later, unchanged. */
  get isTemporary() {
    return LATER.has(this.code);
  }

  /**
   * From a reply's `error`, whatever it holds.
   * @param {unknown} wire
   */
  static fromWire(wire) {
    const { code, message, field, reason, retry_after_ms } = /** @type {Partial<WireError>} */ (wire ?? {});
    return new ParleyError(typeof code === "string" ? code : "internal", message, {
      field,
      reason: typeof reason === "string" ? reason : undefined,
      retryAfterMs: typeof retry_after_ms === "number" ? retry_after_ms : undefined,
    });
  }

  /** As a plain object, which survives a BroadcastChannel and a database. */
  toJSON() {
    const { code, message, field, reason, retryAfterMs, closeCode } = this;
    return { code, message, field, reason, retryAfterMs, closeCode };
  }

  /** @param {{ code: string, message: string, field?: string, reason?: string, retryAfterMs?: number, closeCode?: number }} plain */
  static fromJSON(plain) {
    return new ParleyError(plain.code, plain.message, plain);
  }
}
