/**
 * @typedef {{ opened(): void, received(text: string): void, closed(code: number, reason: string): void }} SocketListener
 */

/** One WebSocket: performs, decides nothing. After `drop` its listener hears no more. */
export class SocketTransport {
  #listener;
  /** @type {WebSocket | undefined} */
  #socket;

  /**
   * @param {typeof WebSocket | undefined} Socket
   * @param {string} url
   * @param {SocketListener} listener
   */
  constructor(Socket, url, listener) {
    this.#listener = /** @type {SocketListener | undefined} */ (listener);
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

  /** @param {string} text */
  send(text) {
    if (this.#socket?.readyState === 1) this.#socket.send(text);
  }

  /** @param {number} code */
  drop(code) {
    this.#listener = undefined;
    try {
      this.#socket?.close(code);
    } catch {
      // A socket that never came to be needs no closing.
    }
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #ended(code, reason) {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.closed(code, reason);
  }
}
