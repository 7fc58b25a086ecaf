/** A leader that says nothing for so long, though asked, is frozen or gone. */
const LEADER_MS = 5_000;
/** How often a visible tab asks. */
const ASK_MS = 10_000;

/**
 * Which of a person's tabs holds the socket: whoever holds the Web Lock. The browser passes it on when that tab goes; a
 * leader that the browser froze is relieved by stealing it. Without locks or channels every tab leads itself alone.
 *
 * @typedef {{ lead(isTakeover: boolean): void, follow(): void, received(message: any): void, isVisible(): boolean }} TabsListener
 */
export class Tabs {
  isLeading = false;
  /** @type {BroadcastChannel | undefined} */
  #channel;
  /** @type {(() => void) | undefined} */
  #release;
  /**
   * Leaves the queue for the lock.
   * @type {AbortController | undefined}
   */
  #queued;
  #isStopped = false;
  #hasLeader = false;
  #askedAt = 0;
  /** @type {unknown} */
  #timer;
  #locks;
  #name;
  #clock;
  #listener;

  /**
   * @param {{ locks?: LockManager, BroadcastChannel?: typeof BroadcastChannel, clock: import("../parley.js").Clock }} platform
   * @param {string} name
   * @param {TabsListener} listener
   */
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
      // Forbidden here: alone.
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

  /**
   * To the other tabs.
   * @param {unknown} message
   */
  post(message) {
    this.#channel?.postMessage(message);
  }

  /** Is the leader still there? */
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

  /** @param {any} message */
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

  /** Locks are forbidden here, or failed. */
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

  /** @param {boolean} steal from a leader that does not answer */
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
        // Left the queue, or stolen by a tab that took this one for frozen.
        if (!this.isLeading) return;
        this.isLeading = false;
        this.#listener.follow();
        this.#request(false);
        this.ask();
      });
  }
}
