import { ParleyError } from "./errors.js";
import { Links } from "./links.js";
import { UploadSteps } from "./upload-steps.js";

/**
 * What the client lends.
 * @typedef {object} Lent
 * @property {typeof fetch} fetch
 * @property {import("../parley.js").Clock} clock
 * @property {string} base  origin of the gateway, without a slash at its end
 * @property {import("./tokens.js").Tokens} tokens
 * @property {(failures: number) => number} delay
 * @property {(op: string, fields: object) => Promise<any>} send
 *
 * @typedef {import("./upload-steps.js").Step} Step
 * @typedef {import("./upload-steps.js").Answer} Answer
 */

/** Browsers open six connections to a host: uploads leave some to what people read meanwhile. */
const AT_ONCE = 3;
/** An answer may take so long, and a millisecond more for each 8 bytes sent: 64 kbit/s is the slowest line that works. */
const ANSWER_MS = 60_000;
const BYTES_PER_MS = 8;
const TUS = { "Tus-Resumable": "1.0.0" };

/** Files on their way up, and links to those that are there. Loaded with the first of either. */
export class Files {
  #lent;
  #links;
  #running = 0;
  /** @type {(() => void)[]} */
  #queue = [];
  /**
   * Ends waits early.
   * @type {Set<() => void>}
   */
  #waits = new Set();

  /** @param {Lent} lent */
  constructor(lent) {
    this.#lent = lent;
    this.#links = new Links((ids) => lent.send("file.links", { ids }), lent.base, () => lent.clock.now());
  }

  /**
   * @param {readonly string[]} ids
   * @param {boolean} isFresh
   */
  links(ids, isFresh) {
    return this.#links.get(ids, isFresh);
  }

  /** The network is back, or the page awake: what waits is tried now. */
  woken() {
    for (const end of [...this.#waits]) end();
  }

  /**
   * @param {string} conversation
   * @param {Blob} file
   * @param {import("../parley.js").UploadOptions} options
   * @returns {Promise<import("../parley.js").UploadedFile>}
   */
  async upload(conversation, file, { name, onProgress, signal }) {
    const called = wellFormed(name ?? /** @type {File} */ (file).name ?? "file");
    const steps = new UploadSteps(file.size, this.#lent.delay);
    await this.#turn(signal);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const step = steps.next();
        const token = await this.#token();
        const answer = token ? await this.#perform(step, token, conversation, called, file, signal) : unanswered();
        signal?.throwIfAborted();
        const outcome = steps.answered(step, answer);
        if (outcome.error) throw outcome.error;
        onProgress?.(steps.sent, file.size);
        if (outcome.file) return outcome.file;
        if (outcome.isRefused && token) this.#lent.tokens.refused(token);
        if (outcome.waitMs) await this.#wait(outcome.waitMs, signal);
      }
    } catch (error) {
      if (steps.location !== undefined) void this.#erase(steps.location);
      throw error;
    } finally {
      this.#running -= 1;
      this.#queue.shift()?.();
    }
  }

  /** @param {AbortSignal} [signal] */
  async #turn(signal) {
    signal?.throwIfAborted();
    if (this.#running >= AT_ONCE) {
      await new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) => {
        const go = () => resolve();
        this.#queue.push(go);
        signal?.addEventListener("abort", () => {
          this.#queue = this.#queue.filter((one) => one !== go);
          reject(signal.reason);
        });
      });
    }
    this.#running += 1;
  }

  /** The platform may be away as the server may: both are tried again. */
  #token() {
    return this.#lent.tokens.get("connect").catch(() => undefined);
  }

  /**
   * @param {Step} step
   * @param {string} token
   * @param {string} conversation
   * @param {string} name
   * @param {Blob} file
   * @param {AbortSignal} [signal]
   */
  async #perform(step, token, conversation, name, file, signal) {
    const type = file.type || "application/octet-stream";
    switch (step.do) {
      case "post": {
        const path = `/v1/uploads?${new URLSearchParams({ conversation })}`;
        const headers = { "Content-Type": type, "Content-Disposition": `attachment; filename*=UTF-8''${quoted(name)}` };
        return this.#ask("POST", path, token, headers, await bytes(file), signal);
      }
      case "create": {
        const metadata = Object.entries({ filename: name, filetype: type, conversation });
        const headers = { "Upload-Length": String(file.size), "Upload-Metadata": metadata.map(([key, value]) => `${key} ${base64(value)}`).join(",") };
        return this.#ask("POST", "/v1/uploads/tus", token, { ...TUS, ...headers }, undefined, signal);
      }
      case "ask":
        return this.#ask("HEAD", step.location, token, TUS, undefined, signal);
      case "append": {
        const headers = { ...TUS, "Upload-Offset": String(step.from), "Content-Type": "application/offset+octet-stream" };
        return this.#ask("PATCH", step.location, token, headers, await bytes(file.slice(step.from, step.to)), signal);
      }
    }
  }

  /** @param {string} location */
  async #erase(location) {
    const token = await this.#token();
    // Where this does not get through, the upload expires by itself.
    if (token) await this.#ask("DELETE", location, token, TUS);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} token
   * @param {Record<string, string>} headers
   * @param {ArrayBuffer} [body]
   * @param {AbortSignal} [signal]
   * @returns {Promise<Answer>} never rejects
   */
  async #ask(method, path, token, headers, body, signal) {
    const { fetch, clock, base } = this.#lent;
    const url = new URL(path, base);
    // A token goes to the gateway and to nobody else.
    if (url.origin !== new URL(base).origin) return { ...unanswered(), status: 400 };
    const ends = new AbortController();
    const abort = () => ends.abort();
    signal?.addEventListener("abort", abort);
    const timer = clock.setTimeout(abort, ANSWER_MS + (body?.byteLength ?? 0) / BYTES_PER_MS);
    const began = clock.now();
    try {
      const response = await fetch(url.href, {
        method,
        body,
        headers: { ...headers, Authorization: `Bearer ${token}` },
        cache: "no-store",
        credentials: "omit",
        signal: ends.signal,
      });
      const offset = response.headers.get("Upload-Offset");
      const value = result(response.headers.get("Upload-Result")) ?? (await response.json().catch(() => undefined));
      return {
        status: response.status,
        location: response.headers.get("Location") ?? undefined,
        offset: offset !== null && /^\d{1,15}$/.test(offset) ? Number(offset) : undefined,
        body: value !== null && typeof value === "object" ? value : undefined,
        retryAfterMs: (Number(response.headers.get("Retry-After")) || 0) * 1_000,
        tookMs: clock.now() - began,
      };
    } catch {
      return unanswered();
    } finally {
      clock.clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /**
   * @param {number} ms
   * @param {AbortSignal} [signal]
   */
  #wait(ms, signal) {
    const { clock } = this.#lent;
    return new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
      const end = () => {
        clock.clearTimeout(timer);
        this.#waits.delete(end);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = clock.setTimeout(end, ms);
      this.#waits.add(end);
      signal?.addEventListener("abort", end);
    });
  }
}

/** @returns {Answer} */
function unanswered() {
  return { status: 0, retryAfterMs: 0, tookMs: 0 };
}

/**
 * What became of an upload in pieces comes in a field, since tus has it answered without a body.
 * @param {string | null} field
 */
function result(field) {
  try {
    return field === null ? undefined : JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(field), (one) => one.charCodeAt(0))));
  } catch {
    return undefined;
  }
}

/**
 * In memory, a piece at a time: what can't be read (moved, changed, unplugged) must not look like a broken connection.
 * @param {Blob} piece
 */
async function bytes(piece) {
  try {
    return await piece.arrayBuffer();
  } catch {
    throw new ParleyError("bad_request", "The file can't be read any more.", { field: "file" });
  }
}

/** @param {string} text */
function wellFormed(text) {
  return /** @type {any} */ (text).toWellFormed?.() ?? text;
}

/**
 * As RFC 8187 has it in a header.
 * @param {string} name
 */
function quoted(name) {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param {string} text */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
