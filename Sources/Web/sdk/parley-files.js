// The part of Parley's SDK for files, which parley.js loads. Joined from modules/ by join.mjs: edit there. Types: parley.d.ts
import { ParleyError } from "./parley.js";
const ASKED_MAX = 50;
const MARGIN_MS = 30_000;
const LASTS_MS = { min: 60_000, max: 540_000 };
const KEPT_MAX = 500;
class Links {
  #known = new Map();
  #asking = new Map();
  #wanted = [];
  #turn;
  #ask;
  #base;
  #now;
  constructor(ask, base, now) {
    this.#ask = ask;
    this.#base = base;
    this.#now = now;
  }
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
    const links = {};
    for (const id of ids) {
      const url = this.#valid(id, this.#now())?.url;
      if (url) links[id] = url;
    }
    return links;
  }
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
const WHOLE_MAX = 1_048_576;
const PIECE = { first: 262_144, min: 65_536, max: 8_388_608, fastMs: 600, slowMs: 2_000 };
const RESTARTS_MAX = 3;
const FAULTS_MAX = 5;
const REFUSALS_MAX = 2;
const LATER = new Set([0, 408, 423, 425, 429, 502, 503, 504]);
const CODES = new Map([[400, "bad_request"], [401, "unauthenticated"], [403, "forbidden"], [404, "not_found"], [413, "too_large"], [415, "unsupported_media"]]);
class UploadSteps {
  sent = 0;
  location;
  #size;
  #delay;
  #piece = PIECE.first;
  #isUnsure = false;
  #failures = 0;
  #faults = 0;
  #refusals = 0;
  #restarts = 0;
  constructor(size, delay) {
    this.#size = size;
    this.#delay = delay;
  }
  next() {
    if (this.#size <= WHOLE_MAX) return { do: "post" };
    const { location } = this;
    if (location === undefined) return { do: "create" };
    if (this.#isUnsure) return { do: "ask", location };
    return { do: "append", location, from: this.sent, to: Math.min(this.#size, this.sent + this.#piece) };
  }
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
      this.sent = this.#size;
      this.#isUnsure = false;
      return {};
    }
    const error = refusal(status, body);
    if (error.code !== "internal" || (this.#faults += 1) > FAULTS_MAX) return { error };
    return this.#later(retryAfterMs);
  }
  #later(retryAfterMs) {
    this.#failures += 1;
    this.#isUnsure = this.location !== undefined;
    return { waitMs: Math.max(retryAfterMs, this.#delay(this.#failures)) };
  }
  #created(location) {
    this.location = location;
    this.sent = 0;
    this.#isUnsure = false;
    return {};
  }
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
    return (this.#faults += 1) > FAULTS_MAX ? { error: refusal(0, undefined) } : this.#later(0);
  }
  #gone({ status, body }) {
    this.location = undefined;
    this.sent = 0;
    this.#isUnsure = false;
    return (this.#restarts += 1) > RESTARTS_MAX ? { error: refusal(status, body) } : {};
  }
}
function refusal(status, body) {
  if (typeof body?.error?.code === "string") return ParleyError.fromWire(body.error);
  return new ParleyError(CODES.get(status) ?? "internal", `The server answered ${status}.`);
}
const AT_ONCE = 3;
const ANSWER_MS = 60_000;
const BYTES_PER_MS = 8;
const TUS = { "Tus-Resumable": "1.0.0" };
class Files {
  #lent;
  #links;
  #running = 0;
  #queue = [];
  #waits = new Set();
  constructor(lent) {
    this.#lent = lent;
    this.#links = new Links((ids) => lent.send("file.links", { ids }), lent.base, () => lent.clock.now());
  }
  links(ids, isFresh) {
    return this.#links.get(ids, isFresh);
  }
  woken() {
    for (const end of [...this.#waits]) end();
  }
  async upload(conversation, file, { name, onProgress, signal }) {
    const called = wellFormed(name ?? (file).name ?? "file");
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
  async #turn(signal) {
    signal?.throwIfAborted();
    if (this.#running >= AT_ONCE) {
      await new Promise((resolve, reject) => {
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
  #token() {
    return this.#lent.tokens.get("connect").catch(() => undefined);
  }
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
  async #erase(location) {
    const token = await this.#token();
    if (token) await this.#ask("DELETE", location, token, TUS);
  }
  async #ask(method, path, token, headers, body, signal) {
    const { fetch, clock, base } = this.#lent;
    const url = new URL(path, base);
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
  #wait(ms, signal) {
    const { clock } = this.#lent;
    return new Promise((resolve) => {
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
function unanswered() {
  return { status: 0, retryAfterMs: 0, tookMs: 0 };
}
function result(field) {
  try {
    return field === null ? undefined : JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(field), (one) => one.charCodeAt(0))));
  } catch {
    return undefined;
  }
}
async function bytes(piece) {
  try {
    return await piece.arrayBuffer();
  } catch {
    throw new ParleyError("bad_request", "The file can't be read any more.", { field: "file" });
  }
}
function wellFormed(text) {
  return (text).toWellFormed?.() ?? text;
}
function quoted(name) {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
export { Files };
