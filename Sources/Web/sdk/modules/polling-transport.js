/** @typedef {{ status: number, body: any, retryAfterMs: number }} Answer status 0: none came */

/** An answer may take so much longer than the server was asked to wait. */
const SLACK_MS = 10_000;

/** The HTTP twin of the socket (docs/protocol.md §6): performs, decides nothing. No call rejects. */
export class PollingTransport {
  #fetch;
  #base;
  #clock;
  #ends = new AbortController();

  /**
   * @param {typeof fetch} fetch
   * @param {string} base
   * @param {import("../parley.js").Clock} clock
   */
  constructor(fetch, base, clock) {
    this.#fetch = fetch;
    this.#base = base;
    this.#clock = clock;
  }

  /**
   * @param {string} token
   * @param {{ offset: number, epoch: string } | undefined} position
   * @param {number} wait seconds
   * @returns {Promise<Answer>}
   */
  events(token, position, wait) {
    const query = new URLSearchParams({ wait: String(wait) });
    if (position) {
      query.set("since", String(position.offset));
      query.set("epoch", position.epoch);
    }
    return this.#ask(`/v1/events?${query}`, token, {}, wait * 1_000 + SLACK_MS, this.#ends.signal);
  }

  /**
   * @param {string} token
   * @param {object} command
   * @returns {Promise<Answer>}
   */
  command(token, command) {
    const request = { method: "POST", body: JSON.stringify(command), headers: { "Content-Type": "application/json" } };
    return this.#ask("/v1/ops", token, request, 2 * SLACK_MS);
  }

  /** Ends the poll; commands under way get their replies. */
  stop() {
    this.#ends.abort();
  }

  /**
   * @param {string} path
   * @param {string} token
   * @param {{ method?: string, body?: string, headers?: object }} request
   * @param {number} limit
   * @param {AbortSignal} [stopped]
   * @returns {Promise<Answer>}
   */
  async #ask(path, token, request, limit, stopped) {
    const ends = new AbortController();
    const abort = () => ends.abort();
    stopped?.addEventListener("abort", abort);
    const timer = this.#clock.setTimeout(abort, limit);
    try {
      const response = await this.#fetch(this.#base + path, {
        ...request,
        headers: { ...request.headers, Authorization: `Bearer ${token}` },
        cache: "no-store",
        credentials: "omit",
        signal: ends.signal,
      });
      const retryAfterMs = (Number(response.headers.get("Retry-After")) || 0) * 1_000;
      const body = await response.json().catch(() => undefined);
      const isUsable = body !== null && typeof body === "object";
      return { status: isUsable ? response.status : 0, body, retryAfterMs };
    } catch {
      return { status: 0, body: undefined, retryAfterMs: 0 };
    } finally {
      this.#clock.clearTimeout(timer);
      stopped?.removeEventListener("abort", abort);
    }
  }
}
