/** @typedef {"connect" | "refresh" | "refused"} Reason */

/** A token that ends so soon is not worth connecting with. */
const MARGIN_MS = 1_000;

/**
 * The claims of a JWT, unproven: a hint for the client itself, never a proof.
 * @param {string} token
 */
export function claims(token) {
  try {
    const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const value = JSON.parse(new TextDecoder().decode(bytes));
    return /** @type {Record<string, unknown>} */ (value !== null && typeof value === "object" ? value : {});
  } catch {
    return {};
  }
}

/** The platform's callback, asked once at a time, and not at all while its last token still holds. */
export class Tokens {
  /** @type {string | undefined} */
  #token;
  /** @type {Promise<string> | undefined} */
  #asking;
  #isRefused = false;
  #callback;
  #now;

  /**
   * @param {(reason: Reason) => Promise<string>} callback
   * @param {() => number} now
   */
  constructor(callback, now) {
    this.#callback = callback;
    this.#now = now;
  }

  /**
   * @param {Reason} reason
   * @returns {Promise<string>}
   */
  get(reason) {
    if (reason === "connect" && this.#token !== undefined && !this.#ends(this.#token)) {
      return Promise.resolve(this.#token);
    }
    this.#asking ??= this.#ask(this.#isRefused ? "refused" : reason).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** @param {Reason} reason */
  async #ask(reason) {
    this.#token = undefined;
    const token = await this.#callback(reason);
    if (typeof token !== "string" || token === "") throw new TypeError("The token callback gave no token.");
    this.#token = token;
    this.#isRefused = false;
    return token;
  }

  /**
   * The server refuses this one: the next `get` asks for another, once however many commands it was refused with.
   * @param {string} token
   */
  refused(token) {
    if (token !== this.#token) return;
    this.#token = undefined;
    this.#isRefused = true;
  }

  /**
   * By this device's clock; where that is wrong, the server refuses and a new token is asked for.
   * @param {string} token
   */
  #ends(token) {
    const { exp } = claims(token);
    return typeof exp === "number" && exp * 1_000 - this.#now() < MARGIN_MS;
  }
}
