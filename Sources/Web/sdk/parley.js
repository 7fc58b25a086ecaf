// Parley's SDK 1.0.0, Apache-2.0. Joined from modules/ by join.mjs: edit there. Types: parley.d.ts
const LATER = new Set(["rate_limited", "overloaded", "unavailable", "token_expired"]);
class ParleyError extends Error {
  constructor(code, message = code, details = {}) {
    super(message);
    this.name = "ParleyError";
    this.code = (code);
    this.field = details.field;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
    this.closeCode = details.closeCode;
  }
  get isTemporary() {
    return LATER.has(this.code);
  }
  static fromWire(wire) {
    const { code, message, field, reason, retry_after_ms } = (wire ?? {});
    return new ParleyError(typeof code === "string" ? code : "internal", message, {
      field,
      reason: typeof reason === "string" ? reason : undefined,
      retryAfterMs: typeof retry_after_ms === "number" ? retry_after_ms : undefined,
    });
  }
  toJSON() {
    const { code, message, field, reason, retryAfterMs, closeCode } = this;
    return { code, message, field, reason, retryAfterMs, closeCode };
  }
  static fromJSON(plain) {
    return new ParleyError(plain.code, plain.message, plain);
  }
}
const WINDOW_MS = 2_000;
const STABLE_MS = 30_000;
const FALLBACK_FAILURES = 5;
function reconnectDelay(failures, window, random) {
  return random() * (failures <= 0 ? window : Math.min(30_000, 1_000 * 2 ** Math.min(failures - 1, 5)));
}
function closeAdvice(code) {
  if (code >= 4000 && code <= 4099) return "final";
  return code >= 4200 && code <= 4299 ? "comeBack" : "backOff";
}
function retryHint(reason) {
  return Math.min(Number(/(?:^|[\s;,])retry=(\d{1,9})(?:$|[\s;,])/.exec(reason)?.[1] ?? 0), 3_600_000);
}
const OPEN_MS = 5_000;
const HELLO_MS = 10_000;
const TOKEN_MS = 30_000;
const SILENCE_MS = 10_000;
const PROBE_MS = 5_000;
const LATE_MS = 5_000;
const COMEBACKS = 3;
class Connection {
  phase = "idle";
  failures = 0;
  due = Infinity;
  isPolling = false;
  pollingWorks = false;
  hasNetwork = true;
  error;
  #window = WINDOW_MS;
  #heartbeat = 25_000;
  #liveSince = 0;
  #heardAt = 0;
  #isProbing = false;
  #refusals = 0;
  #comebacks = 0;
  #reason = "connect";
  #helloError;
  #random;
  constructor(random) {
    this.#random = random;
  }
  get state() {
    if (this.phase === "live") return "online";
    if (this.phase === "final") return "error";
    if (this.phase === "idle") return "offline";
    if (this.pollingWorks) return "polling";
    return this.hasNetwork ? "connecting" : "offline";
  }
  started(now) {
    if (this.phase !== "idle" && this.phase !== "final") return [];
    this.failures = this.#refusals = this.#comebacks = 0;
    this.error = undefined;
    return this.#try(now);
  }
  stopped() {
    this.phase = "idle";
    this.due = Infinity;
    return [...this.#polling(false), { do: "drop", code: 1000 }];
  }
  tokenReady(now) {
    if (this.phase !== "token") return [];
    this.phase = "opening";
    this.due = now + OPEN_MS;
    return [{ do: "open" }];
  }
  tokenFailed(now) {
    return this.phase === "token" ? this.#failed(now, 0) : [];
  }
  opened(now) {
    if (this.phase !== "opening") return [];
    this.phase = "greeting";
    this.due = now + HELLO_MS;
    return [{ do: "hello" }];
  }
  refused(error) {
    this.#helloError = error;
  }
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
  heard(now) {
    this.#heardAt = now;
    if (this.phase !== "live") return;
    this.#isProbing = false;
    this.due = now + this.#heartbeat + SILENCE_MS;
  }
  drains(window) {
    this.#window = window ?? this.#window;
  }
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
  failedForGood(error) {
    this.phase = "final";
    this.due = Infinity;
    this.error = error;
    return [...this.#polling(false), { do: "drop", code: 1000 }];
  }
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
  woken(now) {
    if (this.phase === "live") return now - this.#heardAt > PROBE_MS ? this.#probe(now) : [];
    if (this.phase === "waiting") this.due = Math.min(this.due, now + this.#window * this.#random());
    return this.phase === "final" && this.error?.closeCode === 4007 ? this.started(now) : [];
  }
  networkChanged(isThere, now) {
    this.hasNetwork = isThere;
    return this.phase === "live" ? this.#probe(now) : isThere ? this.woken(now) : [];
  }
  #try(now) {
    const reason = this.#reason;
    this.phase = "token";
    this.due = now + TOKEN_MS;
    this.#reason = "connect";
    return [{ do: "token", reason }];
  }
  #probe(now) {
    if (this.#isProbing) return [];
    this.#isProbing = true;
    this.due = now + PROBE_MS;
    return [{ do: "ping" }];
  }
  #failed(now, hint) {
    const wasStable = this.phase === "live" && now - this.#liveSince >= STABLE_MS;
    this.failures = wasStable ? 0 : this.failures + 1;
    this.#refusals = 0;
    const actions = this.#wait(now, reconnectDelay(this.failures, this.#window, this.#random), hint);
    return this.failures >= FALLBACK_FAILURES ? [...this.#polling(true), ...actions] : actions;
  }
  #wait(now, delay, hint) {
    this.phase = "waiting";
    this.due = now + hint + delay;
    return [];
  }
  #polling(on) {
    if (this.isPolling === on) return [];
    this.isPolling = on;
    this.pollingWorks = false;
    return [{ do: "poll", on }];
  }
  #explain(code, reason) {
    const codes = { 4001: "unauthenticated", 4003: "forbidden", 4004: "forbidden", 4009: "too_large" };
    const known = this.#helloError;
    const fallback = (codes)[code] ?? "bad_request";
    const message = known?.message ?? (reason || `The server closed the connection (${code}).`);
    return new ParleyError(known?.code ?? fallback, message, { field: known?.field, closeCode: code });
  }
}
const TRIES_MAX = 5;
const SENT_MS = 10_000;
class Outbox {
  #entries = new Map();
  #turns = new Map();
  #changes = [];
  get entries() {
    return [...this.#entries.values()];
  }
  takeChanges() {
    return this.#changes.splice(0);
  }
  add(entry) {
    if (this.#entries.has(entry.id)) return false;
    this.#turns.set(entry.id, { isOut: false, retryAt: 0, tries: 0, goneAt: Infinity });
    this.#set(entry);
    return true;
  }
  next(now) {
    const busy = new Set();
    const batch = [];
    for (const entry of this.#entries.values()) {
      if (entry.state !== "sending" || busy.has(entry.conversation)) continue;
      busy.add(entry.conversation);
      const turn = this.#turn(entry.id);
      if (turn.isOut || turn.retryAt > now) continue;
      turn.isOut = true;
      turn.tries += 1;
      batch.push(entry);
    }
    return batch;
  }
  due(now) {
    let due = Infinity;
    for (const turn of this.#turns.values()) {
      due = Math.min(due, turn.goneAt);
      if (!turn.isOut && turn.retryAt > now) due = Math.min(due, turn.retryAt);
    }
    return due;
  }
  sent(id, reply, now) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#turn(id).goneAt = now + SENT_MS;
    this.#entries.set(id, { ...entry, state: "sent", error: undefined, seq: reply.seq, storedAt: reply.at });
    this.#changes.push({ remove: id });
  }
  refused(id, error, now) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const turn = this.#turn(id);
    turn.isOut = false;
    const triesAgain = error.isTemporary || (error.code === "internal" && turn.tries < TRIES_MAX);
    if (triesAgain) turn.retryAt = now + (error.retryAfterMs ?? 1_000 * 2 ** Math.min(turn.tries - 1, 5));
    else this.#set({ ...entry, state: "failed", error });
  }
  lost(id) {
    const turn = this.#turns.get(id);
    if (turn) turn.isOut = false;
  }
  seen(id) {
    if (!this.#entries.has(id)) return false;
    this.discard(id);
    return true;
  }
  retry(id) {
    const entry = this.#entries.get(id);
    if (entry?.state !== "failed") return false;
    const turn = this.#turn(id);
    turn.tries = turn.retryAt = 0;
    this.#set({ ...entry, state: "sending", error: undefined });
    return true;
  }
  edit(id, text) {
    const entry = this.#entries.get(id);
    if (!entry || entry.state === "sent" || this.#turn(id).isOut) return false;
    this.#set({ ...entry, text });
    this.retry(id);
    return true;
  }
  discard(id) {
    this.#turns.delete(id);
    if (this.#entries.delete(id)) this.#changes.push({ remove: id });
  }
  ticked(now) {
    const gone = [...this.#turns].filter(([, turn]) => turn.goneAt <= now).map(([id]) => id);
    for (const id of gone) this.discard(id);
    return gone.length > 0;
  }
  #set(entry) {
    this.#entries.set(entry.id, entry);
    this.#changes.push({ put: entry });
  }
  #turn(id) {
    return this.#turns.get(id) ?? { isOut: false, retryAt: 0, tries: 0, goneAt: Infinity };
  }
}
function packed(entry) {
  return { ...entry, error: entry.error && ParleyError.prototype.toJSON.call(entry.error) };
}
function unpacked(plain) {
  return { ...plain, error: plain.error && ParleyError.fromJSON(plain.error) };
}
const WAIT_S = 25;
const QUIET_MS = 2_000;
class Polling {
  due = Infinity;
  isOn = false;
  failures = 0;
  #askedAt = 0;
  #refusals = 0;
  #random;
  constructor(random) {
    this.#random = random;
  }
  started(now) {
    this.isOn = true;
    this.failures = this.#refusals = 0;
    return this.#ask(now, 0);
  }
  stopped() {
    this.isOn = false;
    this.due = Infinity;
  }
  answered(count, now) {
    if (!this.isOn) return [];
    this.failures = this.#refusals = 0;
    if (count === 0 && now - this.#askedAt < QUIET_MS) {
      this.due = this.#askedAt + QUIET_MS;
      return [];
    }
    return this.#ask(now, WAIT_S);
  }
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
  ticked(now) {
    return this.isOn && now >= this.due ? this.#ask(now, this.failures > 0 ? 0 : WAIT_S) : [];
  }
  #ask(now, wait) {
    this.#askedAt = now;
    this.due = Infinity;
    return [{ do: "ask", wait }];
  }
}
const SLACK_MS = 10_000;
class PollingTransport {
  #fetch;
  #base;
  #clock;
  #ends = new AbortController();
  constructor(fetch, base, clock) {
    this.#fetch = fetch;
    this.#base = base;
    this.#clock = clock;
  }
  events(token, position, wait) {
    const query = new URLSearchParams({ wait: String(wait) });
    if (position) {
      query.set("since", String(position.offset));
      query.set("epoch", position.epoch);
    }
    return this.#ask(`/v1/events?${query}`, token, {}, wait * 1_000 + SLACK_MS, this.#ends.signal);
  }
  command(token, command) {
    const request = { method: "POST", body: JSON.stringify(command), headers: { "Content-Type": "application/json" } };
    return this.#ask("/v1/ops", token, request, 2 * SLACK_MS);
  }
  stop() {
    this.#ends.abort();
  }
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
const GATHER_MS = { read: 300, received: 1_000 };
class Receipts {
  #marks = new Map();
  mark(kind, conversation, seq, now) {
    const key = `${kind} ${conversation}`;
    const mark = this.#marks.get(key) ?? { kind, conversation, seq: 0, wanted: 0, told: 0, dueAt: Infinity, isOut: false };
    this.#marks.set(key, mark);
    if (!(seq > mark.wanted)) return;
    mark.wanted = seq;
    mark.dueAt = Math.min(mark.dueAt, now + GATHER_MS[kind]);
  }
  get due() {
    let due = Infinity;
    for (const mark of this.#marks.values()) if (!mark.isOut) due = Math.min(due, mark.dueAt);
    return due;
  }
  next(now, isHurried = false) {
    const batch = [];
    for (const mark of this.#marks.values()) {
      if (mark.isOut || mark.dueAt === Infinity || (mark.dueAt > now && !isHurried)) continue;
      mark.isOut = true;
      mark.dueAt = Infinity;
      mark.seq = mark.wanted;
      batch.push({ kind: mark.kind, conversation: mark.conversation, seq: mark.seq });
    }
    return batch;
  }
  done(receipt, now) {
    const mark = this.#marks.get(`${receipt.kind} ${receipt.conversation}`);
    if (!mark) return;
    mark.isOut = false;
    mark.told = Math.max(mark.told, receipt.seq);
    mark.dueAt = mark.wanted > mark.told ? now + GATHER_MS[mark.kind] : Infinity;
  }
  postponed(receipt, at) {
    const mark = this.#marks.get(`${receipt.kind} ${receipt.conversation}`);
    if (!mark) return;
    mark.isOut = false;
    mark.dueAt = at;
  }
}
const WAITING_MAX = 1_000;
const PAUSE_MS = 1_000;
class Requests {
  capacity = 0;
  #queue = [];
  #flight = new Map();
  #window = Infinity;
  #pausedUntil = 0;
  #refs = 0;
  add({ op, fields, until, isOnce = false }) {
    if (this.#queue.length >= WAITING_MAX) throw new ParleyError("overloaded", "Too many commands wait already.");
    this.#refs += 1;
    const request = { ref: String(this.#refs), op, fields, until, isOnce };
    this.#queue.push(request);
    return request;
  }
  next(now) {
    if (now < this.#pausedUntil) return [];
    const room = Math.min(this.capacity, Math.floor(this.#window)) - this.#flight.size;
    const batch = this.#queue.splice(0, Math.max(0, room));
    for (const request of batch) this.#flight.set(request.ref, request);
    return batch;
  }
  due(now) {
    let due = Infinity;
    for (const request of this.#queue) due = Math.min(due, request.until);
    for (const request of this.#flight.values()) due = Math.min(due, request.until);
    const isPaused = this.#queue.length > 0 && this.capacity > 0 && this.#pausedUntil > now;
    return isPaused ? Math.min(due, this.#pausedUntil) : due;
  }
  answered(frame, now) {
    const request = this.#flight.get(String(frame.ref));
    if (!request) return undefined;
    this.#flight.delete(request.ref);
    if (frame.ok === true) {
      this.#window += 1;
      return { request, reply: ((frame)) };
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
  returned(ref, now) {
    const request = this.#flight.get(ref);
    if (!request) return undefined;
    this.#flight.delete(ref);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + PAUSE_MS);
    if (request.isOnce) return { request };
    this.#queueAgain([request]);
    return undefined;
  }
  lost() {
    const all = [...this.#flight.values(), ...this.#queue];
    this.#flight.clear();
    this.#queue = all.filter((request) => !request.isOnce).sort(inOrder);
    return all.filter((request) => request.isOnce).map((request) => ({ request }));
  }
  expired(now) {
    const late = [...this.#flight.values(), ...this.#queue].filter((request) => request.until <= now);
    if (late.length === 0) return [];
    for (const request of late) this.#flight.delete(request.ref);
    this.#queue = this.#queue.filter((request) => request.until > now);
    return late.map((request) => ({ request, error: new ParleyError("unavailable", "No answer in time.") }));
  }
  #queueAgain(requests) {
    this.#queue = [...requests, ...this.#queue].sort(inOrder);
  }
}
function inOrder(one, other) {
  return Number(one.ref) - Number(other.ref);
}
class SocketTransport {
  #listener;
  #socket;
  constructor(Socket, url, listener) {
    this.#listener = (listener);
    try {
      if (!Socket) throw new TypeError("There is no WebSocket here.");
      const socket = new Socket(url, "parley.v1");
      socket.onopen = () => this.#listener?.opened();
      socket.onmessage = (event) => this.#listener?.received(String(event.data));
      socket.onclose = (event) => this.#ended(event.code, event.reason);
      socket.onerror = () => {};
      this.#socket = socket;
    } catch (error) {
      queueMicrotask(() => this.#ended(1006, String(error)));
    }
  }
  send(text) {
    if (this.#socket?.readyState === 1) this.#socket.send(text);
  }
  drop(code) {
    this.#listener = undefined;
    try {
      this.#socket?.close(code);
    } catch {
    }
  }
  #ended(code, reason) {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.closed(code, reason);
  }
}
const MARGIN_MS = 1_000;
function claims(token) {
  try {
    const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const value = JSON.parse(new TextDecoder().decode(bytes));
    return (value !== null && typeof value === "object" ? value : {});
  } catch {
    return {};
  }
}
class Tokens {
  #token;
  #asking;
  #isRefused = false;
  #callback;
  #now;
  constructor(callback, now) {
    this.#callback = callback;
    this.#now = now;
  }
  get(reason) {
    if (reason === "connect" && this.#token !== undefined && !this.#ends(this.#token)) {
      return Promise.resolve(this.#token);
    }
    this.#asking ??= this.#ask(this.#isRefused ? "refused" : reason).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }
  async #ask(reason) {
    this.#token = undefined;
    const token = await this.#callback(reason);
    if (typeof token !== "string" || token === "") throw new TypeError("The token callback gave no token.");
    this.#token = token;
    this.#isRefused = false;
    return token;
  }
  refused(token) {
    if (token !== this.#token) return;
    this.#token = undefined;
    this.#isRefused = true;
  }
  #ends(token) {
    const { exp } = claims(token);
    return typeof exp === "number" && exp * 1_000 - this.#now() < MARGIN_MS;
  }
}
const FRAME_MS = 1_000;
const RENEW_MS = 3_000;
class Typing {
  #lines = new Map();
  changed(conversation, isActive, now) {
    const line = this.#lines.get(conversation) ?? { isActive: false, told: false, at: -Infinity, endAt: Infinity };
    this.#lines.set(conversation, line);
    line.isActive = isActive;
    line.endAt = Infinity;
    const wait = isActive && line.told ? RENEW_MS : FRAME_MS;
    if (!isActive && !line.told) return undefined;
    if (now - line.at < wait) {
      if (isActive !== line.told) line.endAt = line.at + FRAME_MS;
      return undefined;
    }
    line.at = now;
    line.told = isActive;
    return isActive;
  }
  ended(conversation) {
    this.#lines.delete(conversation);
  }
  get due() {
    let due = Infinity;
    for (const line of this.#lines.values()) due = Math.min(due, line.endAt);
    return due;
  }
  ticked(now) {
    const frames = [];
    for (const [conversation, line] of this.#lines) {
      if (line.endAt > now) continue;
      const active = this.changed(conversation, line.isActive, now);
      if (active !== undefined) frames.push({ conversation, active });
    }
    return frames;
  }
}
const VERSION = "1.0.0";
const HTTP_IN_FLIGHT = 4;
const ANSWER_MS = 60_000;
const REFRESH_MS = 10_000;
const SAVE_MS = 1_000;
const WATCHED_MAX = 200;
const OWN_EVENTS = new Set(["mark", "token.expiring", "draining"]);
class Engine {
  status;
  #identity;
  #connection;
  #polling;
  #requests = new Requests();
  #outbox = new Outbox();
  #receipts = new Receipts();
  #typing = new Typing();
  #position;
  #socket;
  #http;
  #waiting = new Map();
  #watched = new Map();
  #presence;
  #token = "";
  #refreshedAt = -Infinity;
  #saveAt = Infinity;
  #timer;
  #timerAt = Infinity;
  #isStopped = false;
  #platform;
  #tokens;
  #store;
  #report;
  constructor(platform, tokens, store, identity, status, position, report) {
    this.#platform = platform;
    this.#tokens = tokens;
    this.#store = store;
    this.#identity = identity;
    this.status = status;
    this.#position = position;
    this.#report = report;
    this.#connection = new Connection(platform.random);
    this.#polling = new Polling(platform.random);
  }
  get entries() {
    return this.#outbox.entries;
  }
  get #now() {
    return this.#platform.clock.now();
  }
  start() {
    if (globalThis.navigator?.onLine === false) this.#connection.hasNetwork = false;
    this.#perform(this.#connection.started(this.#now));
  }
  stop() {
    this.flush();
    this.#isStopped = true;
    this.#perform(this.#connection.stopped());
    this.#platform.clock.clearTimeout(this.#timer);
  }
  flush() {
    for (const receipt of this.#receipts.next(this.#now, true)) this.#tell(receipt);
    this.#pump();
    this.#save();
  }
  woken() {
    this.#perform(this.#connection.woken(this.#now));
  }
  networkChanged(isThere) {
    this.#perform(this.#connection.networkChanged(isThere, this.#now));
  }
  call(tab, op, fields, until) {
    if (op === "presence.set") this.#presence = fields;
    if (op === "presence.watch") fields = this.#watch(tab, fields);
    return new Promise((resolve, reject) => {
      this.#request({ op, fields, until }, ({ reply, error }) =>
        reply ? resolve(reply) : reject(error ?? new ParleyError("unavailable", "The connection broke.")),
      );
      this.#turn();
    });
  }
  left(tab) {
    this.#watched.delete(tab);
  }
  addMessages(entries) {
    let isNew = false;
    for (const entry of entries) {
      isNew = this.#outbox.add(entry) || isNew;
      this.#typing.ended(entry.conversation);
    }
    if (isNew) this.#outboxChanged();
  }
  changeMessage(action, id, text = "") {
    if (action === "edit") this.#outbox.edit(id, text);
    else this.#outbox[action](id);
    this.#outboxChanged();
  }
  typing(conversation, active) {
    const told = this.#typing.changed(conversation, active, this.#now);
    if (told !== undefined) this.#sendUnanswered("typing", { conversation, active: told });
    this.#arm();
  }
  mark(kind, conversation, seq) {
    this.#receipts.mark(kind, conversation, seq, this.#now);
    this.#arm();
  }
  #perform(actions) {
    for (const action of actions) {
      switch (action.do) {
        case "token":
          this.#fetchToken(action.reason);
          break;
        case "open":
          this.#open();
          break;
        case "hello":
          this.#hello();
          break;
        case "ping":
          this.#socket?.send('{"op":"ping","ref":"ping"}');
          break;
        case "drop":
          this.#dropSocket(action.code);
          break;
        case "poll":
          if (action.on) this.#startPolling();
          else this.#stopPolling();
      }
    }
    this.#turn();
  }
  async #fetchToken(reason) {
    try {
      const token = await this.#tokens.get(reason);
      if (this.#isStopped || !this.#isOurs(token)) return;
      this.#token = token;
      this.#perform(this.#connection.tokenReady(this.#now));
    } catch (error) {
      if (this.#isStopped) return;
      this.#complain(error);
      this.#perform(this.#connection.tokenFailed(this.#now));
    }
  }
  #isOurs(token) {
    const { tenant, sub } = claims(token);
    if (tenant === this.#identity.tenant && sub === this.#identity.user) return true;
    const error = new ParleyError("forbidden", "The token names another person: create a Parley for each.");
    this.#perform(this.#connection.failedForGood(error));
    return false;
  }
  #open() {
    const { base, WebSocket: Socket } = this.#platform;
    this.#socket = new SocketTransport(Socket, base.replace(/^http/, "ws") + "/v1/ws", {
      opened: () => this.#perform(this.#connection.opened(this.#now)),
      received: (text) => this.#received(text),
      closed: (code, reason) => {
        this.#socketLost();
        this.#perform(this.#connection.closed(code, reason, this.#now));
      },
    });
  }
  #hello() {
    const client = { name: this.#platform.clientName, version: VERSION, transport: "ws", attempt: this.#connection.failures };
    const { offset, epoch } = this.#position ?? {};
    const hello = { op: "hello", ref: "hello", protocol: "1", token: this.#token, since: offset, epoch, client };
    this.#socket?.send(JSON.stringify(hello));
  }
  #dropSocket(code) {
    this.#socket?.drop(code);
    this.#socketLost();
  }
  #socketLost() {
    this.#socket = undefined;
    this.#requests.capacity = 0;
    for (const outcome of this.#requests.lost()) this.#settle(outcome);
  }
  #received(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame === null || typeof frame !== "object") return;
    this.#connection.heard(this.#now);
    if (typeof frame.event === "string") this.#happened(frame);
    else if (frame.ref === "hello") this.#greeted(frame);
    else if (frame.ref === "refresh") {
      if (frame.ok !== true) this.#complain(ParleyError.fromWire(frame.error));
    } else this.#settle(this.#requests.answered(frame, this.#now));
    this.#turn();
  }
  #greeted(hello) {
    if (hello.ok !== true) return this.#connection.refused(ParleyError.fromWire(hello.error));
    const { user, tenant, limits, features } = hello;
    this.status = { ...this.status, user, tenant, limits, features: features ?? [] };
    this.#perform(this.#connection.welcomed(hello, this.#now));
    this.#isReady(hello.resumed === true, hello);
    if (this.#presence) this.#request({ op: "presence.set", fields: this.#presence, until: this.#now + ANSWER_MS }, () => {});
    const users = this.#allWatched();
    if (users.length > 0) this.#request({ op: "presence.watch", fields: { users }, until: this.#now + ANSWER_MS }, () => {});
  }
  #isReady(resumed, { offset, epoch }) {
    if (!resumed || !this.#position) this.#position = { offset, epoch };
    this.#report({ kind: "ready", resumed, position: this.#position });
  }
  #happened(event) {
    if (typeof event.offset === "number") this.#moveOn(event.offset);
    if (event.event === "mark") this.#report({ kind: "mark", offset: event.offset });
    else if (event.event === "token.expiring") this.#refresh();
    else if (event.event === "draining") this.#connection.drains(event.retry_window_ms);
    else if (event.event === "tenant.updated" && event.limits) {
      this.status = { ...this.status, limits: event.limits };
      this.#reportStatus();
    }
    if (OWN_EVENTS.has(event.event)) return;
    this.#report({ kind: "event", event });
    if (event.event === "message.created" && this.#outbox.seen(event.message?.id)) this.#outboxChanged();
  }
  #moveOn(offset) {
    if (!this.#position || offset <= this.#position.offset) return;
    this.#position = { ...this.#position, offset };
    this.#saveAt = Math.min(this.#saveAt, this.#now + SAVE_MS);
  }
  #save() {
    this.#saveAt = Infinity;
    if (this.#position) this.#store.move({ ...this.#position, at: this.#now });
  }
  async #refresh() {
    if (this.#now - this.#refreshedAt < REFRESH_MS) return;
    this.#refreshedAt = this.#now;
    try {
      const token = await this.#tokens.get("refresh");
      this.#socket?.send(JSON.stringify({ op: "token.refresh", ref: "refresh", token }));
    } catch (error) {
      this.#complain(error);
    }
  }
  #startPolling() {
    const { fetch, base, clock } = this.#platform;
    this.#http = new PollingTransport(fetch, base, clock);
    this.#performPolling(this.#polling.started(this.#now));
  }
  #stopPolling() {
    this.#polling.stopped();
    this.#http?.stop();
    this.#http = undefined;
  }
  #performPolling(actions) {
    for (const action of actions) {
      if (action.do === "ask") this.#poll(action.wait, "connect");
      else if (action.do === "renew") this.#poll(0, "refused");
      else this.#perform(this.#connection.failedForGood(new ParleyError("forbidden", "The server refuses this client.")));
    }
  }
  async #poll(wait, reason) {
    const http = this.#http;
    const token = await this.#tokens.get(reason).catch((error) => this.#complain(error));
    if (!http || http !== this.#http || (token && !this.#isOurs(token))) return;
    const asked = this.#position;
    const { status, body, retryAfterMs } = token
      ? await http.events(token, asked, wait)
      : { status: 0, body: undefined, retryAfterMs: 0 };
    if (http !== this.#http) return;
    if (token && status === 401) this.#tokens.refused(token);
    if (status === 200 && Array.isArray(body.events)) this.#polled(body, asked);
    else {
      if (this.#polling.failures > 0) this.#connection.pollingWorks = false;
      this.#performPolling(this.#polling.failed(status, retryAfterMs, this.#now));
    }
    this.#turn();
  }
  #polled(body, asked) {
    const resumed = body.resumed === true && asked !== undefined;
    const isFirst = !this.#connection.pollingWorks;
    this.#connection.pollingWorks = true;
    this.#turn();
    if (isFirst || !resumed) this.#isReady(resumed, body);
    for (const event of body.events) this.#happened(event);
    if (typeof body.offset === "number") {
      this.#moveOn(body.offset);
      this.#report({ kind: "mark", offset: body.offset });
    }
    this.#performPolling(this.#polling.answered(body.events.length, this.#now));
  }
  #request(command, settled) {
    try {
      this.#waiting.set(this.#requests.add(command).ref, settled);
    } catch (error) {
      const request = { ref: "", isOnce: false, ...command };
      settled({ request, error: (error) });
    }
  }
  #settle(outcome) {
    if (!outcome) return;
    const settled = this.#waiting.get(outcome.request.ref);
    this.#waiting.delete(outcome.request.ref);
    settled?.(outcome);
  }
  #pump() {
    const now = this.#now;
    if (this.#requests.capacity === 0) return;
    for (const entry of this.#outbox.next(now)) this.#sendEntry(entry);
    for (const receipt of this.#receipts.next(now)) this.#tell(receipt);
    for (const { conversation, active } of this.#typing.ticked(now)) {
      this.#sendUnanswered("typing", { conversation, active });
    }
    for (const { ref, op, fields } of this.#requests.next(now)) {
      const command = { ...fields, op, ref };
      if (this.#socket) this.#socket.send(JSON.stringify(command));
      else this.#post(ref, command);
    }
  }
  async #post(ref, command) {
    const token = await this.#tokens.get("connect").catch(() => undefined);
    const answer = token ? await this.#http?.command(token, command) : undefined;
    if (token && answer?.status === 401) this.#tokens.refused(token);
    const isReply = answer && answer.status > 0 && answer.status !== 401 && typeof answer.body.ok === "boolean";
    this.#settle(
      isReply ? this.#requests.answered({ ...answer.body, ref }, this.#now) : this.#requests.returned(ref, this.#now),
    );
    if (!this.#isStopped) this.#turn();
  }
  #sendUnanswered(op, fields) {
    if (this.#requests.capacity === 0) return;
    if (this.#socket) this.#socket.send(JSON.stringify({ op, ...fields }));
    else this.#tokens.get("connect").then((token) => this.#http?.command(token, { op, ...fields })).catch(() => {});
  }
  #sendEntry({ id, conversation, text, replyTo, thread, attachments, voice }) {
    const fields = { conversation, id, text, reply_to: replyTo, thread, attachments, voice };
    const until = this.#now + ANSWER_MS;
    this.#request({ op: "message.send", fields, until, isOnce: true }, ({ reply, error }) => {
      if (reply) this.#outbox.sent(id, (reply), this.#now);
      else if (error) this.#outbox.refused(id, error, this.#now);
      else return this.#outbox.lost(id);
      this.#outboxChanged();
    });
  }
  #tell(receipt) {
    const { kind, conversation, seq } = receipt;
    const until = this.#now + ANSWER_MS;
    this.#request({ op: kind, fields: { conversation, seq }, until, isOnce: true }, ({ reply, error }) => {
      if (reply || (error && !error.isTemporary)) this.#receipts.done(receipt, this.#now);
      else this.#receipts.postponed(receipt, this.#now + (error ? (error.retryAfterMs ?? 1_000) : 0));
    });
  }
  #watch(tab, fields) {
    this.#watched.delete(tab);
    this.#watched.set(tab, fields.users ?? []);
    return { ...fields, users: this.#allWatched() };
  }
  #allWatched() {
    return [...new Set([...this.#watched.values()].reverse().flat())].slice(0, WATCHED_MAX);
  }
  #outboxChanged() {
    this.#report({ kind: "outbox", entries: this.#outbox.entries.map(packed) });
    this.#turn();
  }
  #complain(error) {
    const known =
      error instanceof ParleyError ? error : new ParleyError("unauthenticated", `No token: ${(error)?.message ?? error}`);
    this.#report({ kind: "error", error: known.toJSON() });
  }
  #turn() {
    for (const change of this.#outbox.takeChanges()) {
      if ("put" in change) this.#store.put(change.put);
      else this.#store.remove(change.remove);
    }
    const { state } = this.#connection;
    const inFlight = state === "online" ? (this.status.limits?.in_flight ?? 64) : 0;
    this.#requests.capacity = state === "polling" ? HTTP_IN_FLIGHT : inFlight;
    if (state !== this.status.state) {
      this.status = { ...this.status, state };
      this.#reportStatus();
      if (state === "error" && this.#connection.error) this.#complain(this.#connection.error);
    }
    this.#pump();
    this.#arm();
  }
  #reportStatus() {
    this.#report({ kind: "status", status: this.status });
  }
  #arm() {
    if (this.#isStopped) return;
    const now = this.#now;
    const hasWay = this.#requests.capacity > 0;
    const due = Math.min(
      this.#connection.due,
      this.#polling.due,
      this.#requests.due(now),
      this.#outbox.due(now),
      this.#saveAt,
      hasWay ? Math.min(this.#receipts.due, this.#typing.due) : Infinity,
    );
    if (this.#timerAt <= due) return;
    const { clock } = this.#platform;
    clock.clearTimeout(this.#timer);
    this.#timerAt = due;
    if (due === Infinity) return;
    this.#timer = clock.setTimeout(() => this.#ticked(), Math.min(Math.max(1, Math.ceil(due - now)), 2 ** 31 - 1));
  }
  #ticked() {
    this.#timerAt = Infinity;
    const now = this.#now;
    if (now >= this.#saveAt) this.#save();
    for (const outcome of this.#requests.expired(now)) this.#settle(outcome);
    const hasGone = this.#outbox.ticked(now);
    this.#performPolling(this.#polling.ticked(now));
    this.#perform(this.#connection.ticked(now));
    if (hasGone) this.#outboxChanged();
  }
}
function listenToPage(listener) {
  const { window, document } = globalThis;
  if (!window?.addEventListener || !document?.addEventListener) return () => {};
  const ends = new AbortController();
  const on = (target, type, action) => target.addEventListener(type, action, { signal: ends.signal });
  on(window, "online", () => listener.network(true));
  on(window, "offline", () => listener.network(false));
  on(window, "pageshow", () => listener.woken());
  on(window, "pagehide", () => listener.hidden());
  on(document, "resume", () => listener.woken());
  on(document, "visibilitychange", () =>
    document.visibilityState === "visible" ? listener.woken() : listener.hidden(),
  );
  return () => ends.abort();
}
function isVisible() {
  return globalThis.document?.visibilityState !== "hidden";
}
const DATABASE_MS = 3_000;
function memoryStore() {
  return { load: async () => ({ entries: [] }), put() {}, remove() {}, move() {}, close() {} };
}
function keyValueStore(storage, scope) {
  const keys = { outbox: `parley.outbox.${scope}`, position: `parley.position.${scope}` };
  let turn = Promise.resolve();
  const inTurn = (step) => {
    turn = turn.then(step).catch(() => {});
    return turn;
  };
  const read = async (key) => JSON.parse((await storage.getItem(key)) ?? "null");
  const edit = (change) =>
    inTurn(async () => {
      const entries = (await read(keys.outbox).catch(() => null)) ?? {};
      change(entries);
      if (Object.keys(entries).length === 0) await storage.removeItem(keys.outbox);
      else await storage.setItem(keys.outbox, JSON.stringify(entries));
    });
  return {
    async load() {
      await turn;
      const entries = await read(keys.outbox).catch(() => null);
      const position = await read(keys.position).catch(() => null);
      return { entries: asWritten(Object.values(entries ?? {})), position: position ?? undefined };
    },
    put: (entry) => void edit((entries) => (entries[entry.id] = packed(entry))),
    remove: (id) => void edit((entries) => delete entries[id]),
    move: (position) => void inTurn(async () => storage.setItem(keys.position, JSON.stringify(position))),
    close() {},
  };
}
function databaseStore(factory, scope, clock) {
  const opened = new Promise((resolve) => {
    clock.setTimeout(() => resolve(undefined), DATABASE_MS);
    try {
      const request = factory.open("parley", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("outbox");
        request.result.createObjectStore("position");
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
  const range = () => IDBKeyRange.bound(`${scope}\n`, `${scope}\n\uffff`);
  const write = async (name, step) => {
    const database = await opened;
    try {
      if (database) step(database.transaction(name, "readwrite").objectStore(name));
    } catch {
    }
  };
  const read = async (name, step) => {
    const database = await opened;
    return new Promise((resolve) => {
      try {
        if (!database) return resolve(undefined);
        const request = step(database.transaction(name).objectStore(name));
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(undefined);
      } catch {
        resolve(undefined);
      }
    });
  };
  return {
    async load() {
      const entries = (await read("outbox", (store) => store.getAll(range()))) ?? [];
      return { entries: asWritten(entries), position: await read("position", (store) => store.get(scope)) };
    },
    put: (entry) => void write("outbox", (store) => store.put(packed(entry), `${scope}\n${entry.id}`)),
    remove: (id) => void write("outbox", (store) => store.delete(`${scope}\n${id}`)),
    move: (position) => void write("position", (store) => store.put(position, scope)),
    close: () => void opened.then((database) => database?.close()),
  };
}
function asWritten(plain) {
  return plain.map(unpacked).sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
}
const LEADER_MS = 5_000;
const ASK_MS = 10_000;
class Tabs {
  isLeading = false;
  #channel;
  #release;
  #queued;
  #isStopped = false;
  #hasLeader = false;
  #askedAt = 0;
  #timer;
  #locks;
  #name;
  #clock;
  #listener;
  constructor({ locks, BroadcastChannel: Channel, clock }, name, listener) {
    this.#locks = locks;
    this.#name = name;
    this.#clock = clock;
    this.#listener = listener;
    if (!locks || !Channel) return;
    try {
      this.#channel = new Channel(name);
      this.#channel.onmessage = (event) => this.#received(event.data);
    } catch {
    }
  }
  start() {
    if (!this.#channel) return this.#lead();
    this.#listener.follow();
    this.#request(false);
    this.ask();
  }
  stop() {
    this.#isStopped = true;
    this.#queued?.abort();
    this.#clock.clearTimeout(this.#timer);
    this.isLeading = false;
    this.#release?.();
    this.#channel?.close();
    this.#channel = undefined;
  }
  post(message) {
    this.#channel?.postMessage(message);
  }
  ask() {
    this.#clock.clearTimeout(this.#timer);
    if (this.isLeading || !this.#channel) return;
    this.#askedAt = this.#clock.now();
    this.post({ kind: "ask" });
    this.#timer = this.#clock.setTimeout(() => this.#unanswered(), LEADER_MS);
  }
  #unanswered() {
    if (this.isLeading || !this.#channel) return;
    const wasAsleep = this.#clock.now() - this.#askedAt > 2 * LEADER_MS;
    if (wasAsleep || !this.#listener.isVisible()) this.#timer = this.#clock.setTimeout(() => this.ask(), ASK_MS);
    else this.#request(true);
  }
  #received(message) {
    if (message?.kind === "ask") {
      if (this.isLeading) this.post({ kind: "here" });
      return;
    }
    if (message?.isLeader || message?.kind === "here") {
      this.#hasLeader = true;
      this.#clock.clearTimeout(this.#timer);
      if (!this.isLeading) this.#timer = this.#clock.setTimeout(() => this.ask(), ASK_MS);
    }
    if (message?.kind !== "here") this.#listener.received(message);
  }
  #leadAlone() {
    if (this.isLeading) return;
    this.#channel?.close();
    this.#channel = undefined;
    this.#lead();
  }
  #lead() {
    this.isLeading = true;
    this.#clock.clearTimeout(this.#timer);
    this.#listener.lead(this.#hasLeader);
  }
  #request(steal) {
    this.#queued?.abort();
    this.#queued = new AbortController();
    this.#locks
      ?.request(this.#name, steal ? { steal } : { signal: this.#queued.signal }, () => {
        if (this.#isStopped) return undefined;
        this.#lead();
        return new Promise((resolve) => (this.#release = () => resolve(undefined)));
      })
      .catch((error) => {
        if (this.#isStopped) return;
        if (error?.name !== "AbortError") return this.#leadAlone();
        if (!this.isLeading) return;
        this.isLeading = false;
        this.#listener.follow();
        this.#request(false);
        this.ask();
      });
  }
}
function uuidV7(now, random) {
  const bytes = Array.from({ length: 16 }, () => Math.floor(random() * 256));
  let time = Math.max(0, Math.floor(now));
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
function secureRandom() {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;
}
const ENTRIES_MAX = 500;
const CALL_MS = 30_000;
const TAKEOVER_MS = 150;
const POSITION_MS = 86_400_000;
const createParley = (options) => new Client(options);
class Client {
  #id;
  #options;
  #platform;
  #tokens;
  #listeners = {};
  #status = { state: "offline", features: [] };
  #engine;
  #tabs;
  #store = memoryStore();
  #identity = {};
  #position;
  #hasLoaded = false;
  #lastAt = 0;
  #entries = [];
  #own = new Map();
  #attaching = new Map();
  #files;
  #calls = new Map();
  #lastCall = 0;
  #presence = new Map();
  #run = 0;
  #isRunning = false;
  #unlisten = () => {};
  #tokenAgain = () => {};
  constructor(options) {
    const clock = options.clock ?? {
      now: () => Date.now(),
      setTimeout: (action, delay) => globalThis.setTimeout(action, delay),
      clearTimeout: (timer) => globalThis.clearTimeout((timer)),
    };
    const url = new URL(options.url ?? globalThis.location?.origin ?? "http://127.0.0.1:8080");
    this.#options = options;
    this.#platform = {
      clock,
      random: options.random ?? Math.random,
      WebSocket: options.WebSocket ?? globalThis.WebSocket,
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      base: `${url.protocol.replace(/^ws/, "http")}//${url.host}`,
      clientName: options.clientName ?? "parley-js",
    };
    this.#id = uuidV7(clock.now(), options.random ?? secureRandom);
    this.#tokens = new Tokens(options.token, () => clock.now());
  }
  get state() {
    return this.#status.state;
  }
  get user() {
    return this.#status.user;
  }
  get tenant() {
    return this.#status.tenant;
  }
  get limits() {
    return this.#status.limits;
  }
  get features() {
    return this.#status.features;
  }
  get outbox() {
    const known = new Set(this.#entries.map((entry) => entry.id));
    return [...this.#entries, ...[...this.#own.values()].filter((entry) => !known.has(entry.id))];
  }
  start() {
    if (this.#isRunning) {
      this.#engine?.start();
      if (!this.#engine) this.#post({ kind: "start" });
      return;
    }
    this.#isRunning = true;
    this.#run += 1;
    this.#unlisten = listenToPage({
      network: (isThere) => {
        if (isThere) this.#tokenAgain();
        if (isThere) this.#wakeFiles();
        this.#engine?.networkChanged(isThere);
        this.#tabs?.ask();
      },
      woken: () => {
        this.#wakeFiles();
        this.#engine?.woken();
        this.#tabs?.ask();
      },
      hidden: () => this.#engine?.flush(),
    });
    this.#setState("connecting");
    void this.#begin(this.#run, 0);
  }
  async stop() {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#run += 1;
    this.#unlisten();
    this.#post({ kind: "bye" });
    this.#engine?.stop();
    this.#engine = undefined;
    this.#tabs?.stop();
    this.#tabs = undefined;
    await this.#store.load();
    this.#store.close();
    for (const call of [...this.#calls.values()]) call.settle(undefined, new ParleyError("unavailable", "Stopped."));
    this.#setState("offline");
  }
  on(type, listener) {
    const listeners = (this.#listeners[type] ??= new Set());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }
  send(op, fields = {}) {
    const { clock } = this.#platform;
    if (op.startsWith("presence.")) this.#presence.set(op, fields);
    return new Promise((resolve, reject) => {
      const id = (this.#lastCall += 1);
      const settle = (reply, error) => {
        if (!this.#calls.delete(id)) return;
        clock.clearTimeout(timer);
        if (error) reject(error);
        else resolve(reply);
      };
      const timer = clock.setTimeout(
        () => settle(undefined, new ParleyError("unavailable", "No connection, or no answer in time.")),
        CALL_MS,
      );
      this.#calls.set(id, { op, fields, until: clock.now() + CALL_MS, settle });
      this.#dispatchCall(id);
    });
  }
  sendMessage(conversation, text, options = {}) {
    const { replyTo, thread, attachments = [], voice } = options;
    if (this.outbox.length >= ENTRIES_MAX) throw new ParleyError("overloaded", "Too many messages wait already.");
    const at = (this.#lastAt = Math.max(this.#platform.clock.now(), this.#lastAt + 1));
    const id = uuidV7(at, this.#options.random ?? secureRandom);
    const whole = (text).toWellFormed?.() ?? text;
    const entry = { id, conversation, text: whole, replyTo, thread, voice, at, state: ("sending") };
    this.#own.set(id, entry);
    if (attachments.length > 0) {
      this.#attaching.set(id, attachments);
      void this.#attach(id, attachments);
    } else this.#hand(entry);
    if (this.#own.has(id)) this.#emit("outbox", this.outbox);
    return entry;
  }
  async #attach(id, attachments) {
    let change;
    try {
      const files = await Promise.all(attachments.map((one) => (typeof one === "function" ? one() : one)));
      change = { attachments: files.map((file) => (typeof file === "string" ? file : file.id)) };
    } catch (error) {
      const isKnown = error instanceof ParleyError;
      change = { state: "failed", error: isKnown ? error : new ParleyError("unavailable", String(error), { field: "attachments" }) };
    }
    const entry = this.#own.get(id);
    if (!entry || this.#attaching.get(id) !== attachments) return;
    const changed = { ...entry, ...change };
    this.#own.set(id, changed);
    if (changed.state === "sending") {
      this.#attaching.delete(id);
      this.#hand(changed);
    }
    this.#emit("outbox", this.outbox);
  }
  #hand(entry) {
    this.#store.put(entry);
    this.#dispatchEntries([entry]);
  }
  #ready() {
    return [...this.#own.values()].filter((entry) => !this.#attaching.has(entry.id));
  }
  async upload(conversation, file, options = {}) {
    if (file.size > (this.limits?.file_bytes ?? Infinity)) throw new ParleyError("too_large", "The file is too large.", { field: "file" });
    return (await this.#filesPart()).upload(conversation, file, options);
  }
  async fileLinks(ids, options = {}) {
    return (await this.#filesPart()).links(ids, options.fresh === true);
  }
  #filesPart() {
    const { fetch, clock, base, random } = this.#platform;
    this.#files ??= import("./parley-files.js").then(
      ({ Files }) => {
        const delay = (failures) => reconnectDelay(failures, WINDOW_MS, random);
        return new Files({ fetch, clock, base, tokens: this.#tokens, delay, send: (op, fields) => this.send(op, fields) });
      },
      () => {
        this.#files = undefined;
        throw new ParleyError("unavailable", "The SDK's part for files can't be loaded.");
      },
    );
    return this.#files;
  }
  #wakeFiles() {
    this.#files?.then((files) => files.woken(), () => {});
  }
  retry(id) {
    this.#change("retry", id);
  }
  edit(id, text) {
    this.#change("edit", id, text);
  }
  discard(id) {
    this.#change("discard", id);
  }
  typing(conversation, active) {
    if (this.#engine) this.#engine.typing(conversation, active);
    else this.#post({ kind: "typing", conversation, active });
  }
  read(conversation, seq) {
    this.#mark("read", conversation, seq);
  }
  received(conversation, seq) {
    this.#mark("received", conversation, seq);
  }
  async #begin(run, failures) {
    const { clock, base, random } = this.#platform;
    let token;
    try {
      token = await this.#tokens.get("connect");
    } catch (error) {
      if (run !== this.#run) return;
      const message = `No token: ${(error)?.message ?? error}`;
      this.#emit("error", new ParleyError("unauthenticated", message));
      const again = () => {
        clock.clearTimeout(timer);
        this.#tokenAgain = () => {};
        if (run === this.#run) void this.#begin(run, failures + 1);
      };
      const timer = clock.setTimeout(again, reconnectDelay(failures + 1, WINDOW_MS, random));
      this.#tokenAgain = again;
      return;
    }
    if (run !== this.#run) return;
    const { tenant, sub, name } = claims(token);
    this.#identity = { tenant, user: sub };
    const isKnown = typeof tenant === "string" && typeof sub === "string";
    if (isKnown) this.#status = { ...this.#status, tenant, user: { id: sub, name: String(name ?? sub) } };
    const scope = isKnown ? `${base} ${tenant} ${sub}` : undefined;
    this.#store = this.#openStore(scope);
    for (const entry of this.#ready()) this.#store.put(entry);
    const isPage = this.#options.locks !== undefined || globalThis.document !== undefined;
    const isShared = isPage && scope !== undefined && this.#options.shareBetweenTabs !== false;
    const locks = this.#options.locks ?? permitted(() => globalThis.navigator?.locks);
    const Channel = this.#options.BroadcastChannel ?? globalThis.BroadcastChannel;
    this.#tabs = new Tabs({ clock, ...(isShared ? { locks, BroadcastChannel: Channel } : {}) }, `parley ${scope}`, {
      lead: (isTakeover) => void this.#lead(run, isTakeover),
      follow: () => this.#follow(),
      received: (message) => this.#heard(message),
      isVisible,
    });
    this.#tabs.start();
  }
  #openStore(scope) {
    const { storage = "indexeddb" } = this.#options;
    if (scope === undefined || storage === "memory") return memoryStore();
    if (storage !== "indexeddb") return keyValueStore(storage, scope);
    const factory = this.#options.indexedDB ?? permitted(() => globalThis.indexedDB);
    return factory ? databaseStore(factory, scope, this.#platform.clock) : memoryStore();
  }
  async #lead(run, isTakeover) {
    const { clock } = this.#platform;
    const kept = await this.#store.load();
    if (isTakeover) {
      this.#post({ kind: "newLeader" });
      await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), TAKEOVER_MS));
    }
    if (run !== this.#run || !this.#tabs?.isLeading || this.#engine) return;
    const age = clock.now() - (kept.position?.at ?? -Infinity);
    const start = this.#position ?? (age < POSITION_MS ? kept.position : undefined);
    const position = start && { offset: start.offset, epoch: start.epoch };
    this.#position ??= position;
    const status = { ...this.#status, state: ("connecting") };
    this.#engine = new Engine(this.#platform, this.#tokens, this.#store, this.#identity, status, this.#furthestBack(position), (report) => {
      this.#post(report);
      this.#told(report);
    });
    const engine = this.#engine;
    engine.addMessages([...kept.entries, ...this.#entries.filter((entry) => entry.state !== "sent"), ...this.#ready()]);
    engine.start();
    this.#dispatchAll();
    this.#post({ kind: "leading", status: engine.status, entries: engine.entries.map(packed) });
  }
  #others = [];
  #furthestBack(own) {
    const same = this.#others.splice(0).filter((position) => position.epoch === own?.epoch);
    return own && { epoch: own.epoch, offset: Math.min(own.offset, ...same.map((position) => position.offset)) };
  }
  #follow() {
    this.#engine?.stop();
    this.#engine = undefined;
    this.#post({ kind: "join" });
    this.#dispatchAll();
  }
  #dispatchAll() {
    for (const id of this.#calls.keys()) this.#dispatchCall(id);
    for (const [op, fields] of this.#presence) this.send(op, fields).catch(() => {});
    const ready = this.#ready();
    if (ready.length > 0) this.#dispatchEntries(ready);
  }
  #dispatchCall(id) {
    const call = this.#calls.get(id);
    if (!call) return;
    const { op, fields, until } = call;
    if (this.#engine) this.#engine.call(this.#id, op, fields, until).then(call.settle, (error) => call.settle(undefined, error));
    else this.#post({ kind: "call", id, op, fields, until });
  }
  #dispatchEntries(entries) {
    if (this.#engine) this.#engine.addMessages(entries);
    else this.#post({ kind: "add", entries: entries.map(packed) });
  }
  #change(action, id, text) {
    const own = this.#own.get(id);
    const attachments = this.#attaching.get(id);
    if (own && attachments) {
      this.#attaching.delete(id);
      this.#own.delete(id);
      if (action !== "discard") {
        const again = [...attachments];
        this.#own.set(id, { ...own, text: text ?? own.text, state: "sending", error: undefined });
        this.#attaching.set(id, again);
        void this.#attach(id, again);
      }
      this.#emit("outbox", this.outbox);
    } else if (this.#engine) this.#engine.changeMessage(action, id, text);
    else if (own && action !== "retry") {
      if (action === "discard") this.#own.delete(id);
      else this.#own.set(id, { ...own, text: text ?? own.text });
      if (action === "discard") this.#store.remove(id);
      this.#post({ kind: "change", action, id, text });
      this.#emit("outbox", this.outbox);
    } else this.#post({ kind: "change", action, id, text });
  }
  #mark(kind, conversation, seq) {
    if (this.#engine) this.#engine.mark(kind, conversation, seq);
    else this.#post({ kind: "marked", mark: kind, conversation, seq });
  }
  #post(message) {
    this.#tabs?.post({ ...message, from: this.#id, isLeader: this.#tabs.isLeading });
  }
  #heard(message) {
    if (this.#engine) this.#served(this.#engine, message);
    else if (this.#tabs?.isLeading) {
      if (message.kind === "position" && message.position) this.#others.push(message.position);
    } else if (message.kind === "newLeader") this.#post({ kind: "position", position: this.#position });
    else if (message.kind === "leading") {
      this.#told({ kind: "status", status: message.status });
      this.#told({ kind: "outbox", entries: message.entries });
      this.#dispatchAll();
    } else if (message.kind === "welcome" && message.to === this.#id) this.#welcomed(message);
    else if (message.kind === "reply" && message.to === this.#id) {
      this.#calls.get(message.id)?.settle(message.reply, message.error && ParleyError.fromJSON(message.error));
    } else if (message.isLeader) this.#told(message);
  }
  #served(engine, message) {
    const { from } = message;
    switch (message.kind) {
      case "join":
        this.#post({ kind: "welcome", to: from, status: engine.status, position: this.#position, entries: engine.entries.map(packed) });
        break;
      case "start":
        engine.start();
        break;
      case "bye":
        engine.left(from);
        break;
      case "call":
        engine.call(from, message.op, message.fields, message.until).then(
          (reply) => this.#post({ kind: "reply", to: from, id: message.id, reply }),
          (error) => this.#post({ kind: "reply", to: from, id: message.id, error: error.toJSON() }),
        );
        break;
      case "add":
        engine.addMessages(message.entries.map(unpacked));
        break;
      case "change":
        engine.changeMessage(message.action, message.id, message.text);
        break;
      case "typing":
        engine.typing(message.conversation, message.active);
        break;
      case "marked":
        engine.mark(message.mark, message.conversation, message.seq);
    }
  }
  #welcomed({ status, position, entries }) {
    this.#position ??= position;
    this.#told({ kind: "status", status });
    this.#told({ kind: "outbox", entries });
    if (position && (status.state === "online" || status.state === "polling")) this.#load(true);
    this.#dispatchAll();
  }
  #told(report) {
    switch (report.kind) {
      case "status": {
        const { state } = this.#status;
        this.#status = report.status;
        if (report.status.state !== state) this.#emit("state", report.status.state);
        break;
      }
      case "ready":
        if (!report.resumed || this.#position?.epoch !== report.position.epoch) this.#position = { ...report.position };
        this.#load(report.resumed);
        break;
      case "event":
        if (this.#isNew(report.event.offset)) this.#emit("event", report.event);
        break;
      case "mark":
        this.#isNew(report.offset);
        break;
      case "outbox":
        this.#entries = report.entries.map(unpacked);
        for (const entry of this.#entries) this.#own.delete(entry.id);
        this.#emit("outbox", this.outbox);
        break;
      case "error":
        this.#emit("error", ParleyError.fromJSON(report.error));
    }
  }
  #isNew(offset) {
    if (typeof offset !== "number" || !this.#position) return true;
    if (offset <= this.#position.offset) return false;
    this.#position = { ...this.#position, offset };
    return true;
  }
  #load(isResumed) {
    const isNeeded = !isResumed || (!this.#hasLoaded && !this.#options.keepsState);
    this.#hasLoaded = true;
    if (isNeeded) this.#emit("reload", undefined);
  }
  #setState(state) {
    if (state === this.#status.state) return;
    this.#status = { ...this.#status, state };
    this.#emit("state", state);
  }
  #emit(type, value) {
    for (const listener of [...(this.#listeners[type] ?? [])]) {
      try {
        listener(value);
      } catch (error) {
        if (globalThis.reportError) globalThis.reportError(error);
        else console.error(error);
      }
    }
  }
}
function permitted(ask) {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
export { createParley, ParleyError, uuidV7 };
