import { readFileSync, readdirSync } from "node:fs";
import { createParley } from "../../../../Sources/Web/sdk/parley.js";
import { FakeClock, settled } from "./clock.js";

const wire = new URL("../../../Fixtures/wire/", import.meta.url);

/** The golden cases of one fixture file, or of all whose name begins so. */
export function fixtures(prefix) {
  return readdirSync(wire)
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => {
      const { subject, cases } = JSON.parse(readFileSync(new URL(name, wire), "utf8"));
      return cases.map((one) => ({ subject, ...one }));
    });
}

export const hello = JSON.parse(fixtures("gateway.hello.json")[0].out);

export function jwt(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.x`;
}

/** What a server says to a client, told by the test: sockets that open when it says so, and answers to HTTP. */
export class FakeServer {
  clock = new FakeClock();
  /** @type {FakeSocket[]} */
  sockets = [];
  /** Connections are refused as they come. */
  isDown = false;
  /** @type {{ path: string, body: any, token: string, answer(status: number, body: object, headers?: object): void, fail(): void, isAborted: boolean }[]} */
  asked = [];
  tokens = [];
  #clients = 0;
  seen = { states: [], events: [], outbox: [], reloads: 0, errors: [] };

  WebSocket = ((server) =>
    class extends FakeSocket {
      constructor(url, protocol) {
        super(url, protocol);
        server.sockets.push(this);
        if (server.isDown) queueMicrotask(() => this.end(1006));
      }
    })(this);

  fetch = (url, { body, headers, signal }) =>
    new Promise((resolve, reject) => {
      const { pathname, search } = new URL(url);
      const call = {
        path: pathname + search,
        body: body && JSON.parse(body),
        token: headers.Authorization.slice(7),
        isAborted: false,
        answer: (status, value, more = {}) =>
          resolve(new Response(JSON.stringify(value), { status, headers: more })),
        fail: () => reject(new TypeError("no route")),
      };
      signal.addEventListener("abort", () => {
        call.isAborted = true;
        reject(new DOMException("aborted", "AbortError"));
      });
      this.asked.push(call);
    });

  client(options = {}) {
    // The same waits in every run, other ids in every client.
    const share = 0.5 + this.#clients++ / 100;
    const parley = createParley({
      url: "https://chat.example",
      token: async (reason) => {
        this.tokens.push(reason);
        return jwt({ tenant: "acme", sub: "alice", exp: this.clock.time / 1000 + 3600, n: this.tokens.length });
      },
      storage: "memory",
      clock: this.clock,
      random: () => share,
      WebSocket: this.WebSocket,
      fetch: this.fetch,
      ...options,
    });
    parley.on("state", (state) => this.seen.states.push(state));
    parley.on("event", (event) => this.seen.events.push(event));
    parley.on("outbox", (entries) => this.seen.outbox.push(entries));
    parley.on("reload", () => (this.seen.reloads += 1));
    parley.on("error", (error) => this.seen.errors.push(error));
    return parley;
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** Opens the newest socket and answers its hello. */
  async welcome(fields = {}) {
    await settled();
    this.socket.open();
    await settled();
    this.socket.say({ ...hello, ref: this.socket.last.ref, ...fields });
    await settled();
    return this.socket;
  }

  /** Lets the client come back by its own timers, and answers its hello. */
  async comeBack(fields = {}) {
    const count = this.sockets.length;
    for (let waited = 0; this.sockets.length === count; waited += 100) {
      if (waited > 65_000) throw new Error("the client did not come back");
      await this.clock.advance(100);
    }
    return this.welcome({ resumed: true, ...fields });
  }

  /** A client that is connected. */
  async online(options, fields) {
    const parley = this.client(options);
    parley.start();
    await this.welcome({ resumed: false, ...fields });
    return parley;
  }
}

export class FakeSocket {
  readyState = 0;
  sent = [];
  closed = undefined;

  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.closed = code;
    this.readyState = 3;
  }

  // The test's side.
  open() {
    this.readyState = 1;
    this.onopen?.({});
  }
  say(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
  end(code, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
  get last() {
    return this.sent.at(-1);
  }
  of(op) {
    return this.sent.filter((frame) => frame.op === op);
  }
}
