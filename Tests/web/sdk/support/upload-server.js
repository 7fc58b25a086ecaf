// A test double: uploads as docs/protocol.md §6 has them, in memory, for the SDK's unit tests alone. The real ones are
// in Tests/process and Tests/browser.

import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";

export class UploadServer {
  /** Everything asked, as `METHOD path`. */
  asked = [];
  /** Finished uploads by id, with their bytes. */
  files = new Map();
  /** tus uploads by path. */
  partial = new Map();
  /**
   * Called before each request is answered; what it returns, or promises, is the answer: `{ status, headers?, body? }`, or `cut` bytes
   * after which the connection breaks.
   * @type {(method: string, path: string, headers: object) => any}
   */
  fault = () => undefined;
  /** The answers to last pieces are lost. */
  losesLast = false;
  #server = createServer((request, response) => void this.#answer(request, response));

  static async start() {
    const server = new UploadServer();
    await new Promise((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    server.url = `http://127.0.0.1:${server.#server.address().port}`;
    return server;
  }

  stop() {
    this.#server.closeAllConnections?.();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  count(method) {
    return this.asked.filter((one) => one.startsWith(`${method} `)).length;
  }

  async #answer(request, response) {
    const { method, headers, socket } = request;
    const { pathname, searchParams } = new URL(request.url, "http://x");
    this.asked.push(`${method} ${pathname}`);
    const fault = await this.fault(method, pathname, headers);
    const partial = this.partial.get(pathname);
    const taken = await this.#read(request, fault?.cut, (piece) => method === "PATCH" && partial?.pieces.push(piece));
    if (fault?.cut !== undefined) return void socket.destroy();
    if (fault) return this.#say(response, fault.status, fault.body, fault.headers);
    if (headers.authorization !== "Bearer good") return this.#refuse(response, 401, "unauthenticated");
    if (pathname === "/v1/uploads" && method === "POST") {
      const name = decodeURIComponent(/filename\*=UTF-8''(\S+)/.exec(headers["content-disposition"])[1]);
      const upload = this.#finish(name, headers["content-type"], searchParams.get("conversation"), taken);
      return this.#say(response, 201, { upload });
    }
    if (headers["tus-resumable"] !== "1.0.0") return this.#refuse(response, 412, "bad_request");
    if (pathname === "/v1/uploads/tus" && method === "POST") {
      const path = `/v1/uploads/tus/${randomUUID()}`;
      const pairs = headers["upload-metadata"].split(",").map((pair) => pair.split(" "));
      const metadata = Object.fromEntries(pairs.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
      this.partial.set(path, { size: Number(headers["upload-length"]), metadata, pieces: [] });
      return this.#say(response, 201, undefined, { Location: path });
    }
    if (!partial) return this.#refuse(response, 404, "not_found");
    const has = () => partial.pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (method === "DELETE") {
      this.partial.delete(pathname);
      return this.#say(response, 204);
    }
    const { outcome } = partial;
    if (outcome && (method === "HEAD" || taken.length === 0)) return this.#say(response, outcome.status, outcome.body, outcome.headers);
    if (method === "HEAD") return this.#say(response, 200, undefined, { "Upload-Offset": String(has()) });
    if (Number(headers["upload-offset"]) !== has() - taken.length) {
      partial.pieces.pop();
      return this.#refuse(response, 409, "conflict");
    }
    if (has() < partial.size) return this.#say(response, 204, undefined, { "Upload-Offset": String(has()) });
    const { filename, filetype, conversation } = partial.metadata;
    if (filename.endsWith(".exe")) {
      partial.outcome = { status: 415, body: { ok: false, error: { code: "unsupported_media", reason: "content_mismatch" } } };
    } else {
      const upload = this.#finish(filename, filetype, conversation, Buffer.concat(partial.pieces));
      const result = Buffer.from(JSON.stringify({ upload })).toString("base64");
      partial.outcome = { status: 204, headers: { "Upload-Offset": String(has()), "Upload-Result": result } };
    }
    if (this.losesLast) return void socket.destroy();
    this.#say(response, partial.outcome.status, partial.outcome.body, partial.outcome.headers);
  }

  /** @param {number | undefined} cut */
  async #read(request, cut = Infinity, taken) {
    const pieces = [];
    let room = cut;
    try {
      for await (const piece of request) {
        const part = piece.subarray(0, room);
        room -= part.length;
        pieces.push(part);
        if (room === 0) break;
      }
    } catch {
      // The client went away.
    }
    const whole = Buffer.concat(pieces);
    if (whole.length > 0) taken(whole);
    return whole;
  }

  #finish(name, type, conversation, bytes) {
    const id = randomUUID();
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    this.files.set(id, { name, type, conversation, bytes });
    return { id, name, type, size: bytes.length, sha256 };
  }

  #refuse(response, status, code) {
    this.#say(response, status, { ok: false, error: { code, message: code } });
  }

  #say(response, status, body, headers = {}) {
    response.writeHead(status, { ...(body ? { "Content-Type": "application/json" } : {}), ...headers });
    response.end(body && JSON.stringify(body));
  }
}
