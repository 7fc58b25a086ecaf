/** As many as `file.links` takes at once. */
const ASKED_MAX = 50;
/** A link is used up to so long before its end. */
const MARGIN_MS = 30_000;
/** Bounds by which a wrong clock can't make a link last too long or be asked for again and again. */
const LASTS_MS = { min: 60_000, max: 540_000 };
/** Beyond this, links that have ended are let go. */
const KEPT_MAX = 500;

/** Signed links to files: those asked for in one turn go in one command, and are kept until shortly before their end. */
export class Links {
  /** @type {Map<string, { url: string, until: number }>} */
  #known = new Map();
  /** @type {Map<string, Promise<void>>} */
  #asking = new Map();
  /** @type {string[]} */
  #wanted = [];
  /** @type {Promise<void> | undefined} */
  #turn;
  #ask;
  #base;
  #now;

  /**
   * @param {(ids: string[]) => Promise<any>} ask the reply to `file.links`
   * @param {string} base links without an origin are the gateway's
   * @param {() => number} now
   */
  constructor(ask, base, now) {
    this.#ask = ask;
    this.#base = base;
    this.#now = now;
  }

  /**
   * @param {readonly string[]} ids
   * @param {boolean} isFresh what is known does not do: it was refused
   * @returns {Promise<Record<string, string>>} those that the reader may have
   */
  async get(ids, isFresh) {
    const now = this.#now();
    const missing = ids.filter((id) => isFresh || !(this.#valid(id, now)));
    for (const id of missing) {
      if (this.#asking.has(id)) continue;
      this.#wanted.push(id);
      this.#turn ??= Promise.resolve().then(() => this.#askAll());
      this.#asking.set(id, this.#turn);
    }
    await Promise.all(missing.map((id) => this.#asking.get(id)));
    /** @type {Record<string, string>} */
    const links = {};
    for (const id of ids) {
      const url = this.#valid(id, this.#now())?.url;
      if (url) links[id] = url;
    }
    return links;
  }

  /**
   * @param {string} id
   * @param {number} now
   */
  #valid(id, now) {
    const link = this.#known.get(id);
    return link && link.until > now ? link : undefined;
  }

  async #askAll() {
    const ids = this.#wanted.splice(0);
    this.#turn = undefined;
    try {
      const batches = [];
      for (let from = 0; from < ids.length; from += ASKED_MAX) batches.push(this.#askSome(ids.slice(from, from + ASKED_MAX)));
      await Promise.all(batches);
    } finally {
      for (const id of ids) this.#asking.delete(id);
    }
  }

  /** @param {string[]} ids */
  async #askSome(ids) {
    const { links, expires_at: end } = await this.#ask(ids);
    const now = this.#now();
    const lasts = Date.parse(end) - now - MARGIN_MS;
    const until = now + Math.min(LASTS_MS.max, Math.max(LASTS_MS.min, lasts || 0));
    for (const id of ids) {
      const link = links?.[id];
      if (typeof link === "string") this.#known.set(id, { url: new URL(link, this.#base).href, until });
      else this.#known.delete(id);
    }
    if (this.#known.size <= KEPT_MAX) return;
    for (const [id, { until: ends }] of this.#known) if (ends <= now) this.#known.delete(id);
  }
}
