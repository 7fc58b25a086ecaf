// A WebSocket for Node 20, which has none of its own: createParley({ WebSocket: NodeWebSocket, … }). Browsers and Node 22
// don't need it. RFC 6455, client side, text frames, without extensions.
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Above the server's `frame_bytes`: a frame that names more is no frame of ours. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** How long the other side may take to answer a close. */
const CLOSE_MS = 3_000;

export class NodeWebSocket {
  readyState = 0;
  onopen;
  onmessage;
  onclose;
  onerror;
  #socket;
  #request;
  #input = Buffer.alloc(0);
  #parts = [];
  #isDone = false;

  constructor(url, protocol) {
    const target = new URL(url);
    const key = randomBytes(16).toString("base64");
    const { request } = target.protocol === "wss:" ? https : http;
    target.protocol = target.protocol === "wss:" ? "https:" : "http:";
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": key,
      ...(protocol ? { "Sec-WebSocket-Protocol": protocol } : {}),
    };
    this.#request = request(target, { headers, agent: false });
    this.#request.on("upgrade", (response, socket, head) => {
      const proof = createHash("sha1").update(key + GUID).digest("base64");
      if (response.headers["sec-websocket-accept"] !== proof || this.readyState !== 0) {
        socket.destroy();
        return this.#done(1006, "");
      }
      this.#opened(socket, head);
    });
    this.#request.on("response", (response) => {
      response.resume();
      this.#done(1006, `HTTP ${response.statusCode}`);
    });
    this.#request.on("error", (error) => this.#done(1006, error.message));
    this.#request.end();
  }

  send(text) {
    if (this.readyState === 1) this.#write(1, Buffer.from(text));
  }

  close(code = 1000, reason = "") {
    if (this.readyState >= 2) return;
    const wasOpen = this.readyState === 1;
    this.readyState = 2;
    if (!wasOpen) {
      this.#request.destroy();
      return this.#done(1006, "");
    }
    this.#write(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));
    setTimeout(() => this.#done(1006, ""), CLOSE_MS).unref();
  }

  #opened(socket, head) {
    this.#socket = socket;
    this.readyState = 1;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#received(bytes));
    socket.on("error", () => this.#done(1006, ""));
    socket.on("close", () => this.#done(1006, ""));
    this.onopen?.({ type: "open" });
    if (head.length > 0) this.#received(head);
  }

  #received(bytes) {
    this.#input = this.#input.length > 0 ? Buffer.concat([this.#input, bytes]) : bytes;
    for (let frame = this.#nextFrame(); frame && !this.#isDone; frame = this.#nextFrame()) {
      const { final, opcode, payload } = frame;
      if (opcode === 9) this.#write(10, payload);
      else if (opcode === 8) return this.#closedByServer(payload);
      else if (opcode < 3) {
        this.#parts.push(payload);
        if (final) this.onmessage?.({ type: "message", data: Buffer.concat(this.#parts.splice(0)).toString() });
      }
    }
  }

  #nextFrame() {
    const input = this.#input;
    if (input.length < 2) return undefined;
    let length = input[1] & 127;
    let start = 2;
    if (length === 126) {
      if (input.length < 4) return undefined;
      length = input.readUInt16BE(2);
      start = 4;
    } else if (length === 127) {
      if (input.length < 10) return undefined;
      length = Number(input.readBigUInt64BE(2));
      start = 10;
    }
    if (length > FRAME_BYTES_MAX || input[1] & 128 || input[0] & 0x70) return void this.#done(1002, "");
    if (input.length < start + length) return undefined;
    this.#input = input.subarray(start + length);
    return { final: (input[0] & 128) !== 0, opcode: input[0] & 15, payload: input.subarray(start, start + length) };
  }

  #closedByServer(payload) {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    if (this.readyState === 1) this.#write(8, payload.subarray(0, 2));
    this.#done(code, payload.subarray(2).toString());
  }

  #write(opcode, payload) {
    const mask = randomBytes(4);
    const long = payload.length > 65_535 ? 10 : payload.length > 125 ? 4 : 2;
    const frame = Buffer.alloc(long + 4 + payload.length);
    frame[0] = 128 | opcode;
    frame[1] = 128 | (long === 2 ? payload.length : long === 4 ? 126 : 127);
    if (long === 4) frame.writeUInt16BE(payload.length, 2);
    if (long === 10) frame.writeBigUInt64BE(BigInt(payload.length), 2);
    mask.copy(frame, long);
    for (let place = 0; place < payload.length; place += 1) frame[long + 4 + place] = payload[place] ^ mask[place & 3];
    this.#socket?.write(frame);
  }

  #done(code, reason) {
    if (this.#isDone) return;
    this.#isDone = true;
    this.readyState = 3;
    this.#socket?.end();
    this.#socket?.destroySoon?.();
    queueMicrotask(() => this.onclose?.({ type: "close", code, reason, wasClean: code !== 1006 }));
  }
}
