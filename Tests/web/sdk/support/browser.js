/** What tabs of one origin share: locks, channels, storage. A tab can be frozen: it hears nothing and does nothing. */
export class FakeBrowser {
  #channels = new Set();
  /** @type {{ holder?: { reject(error: Error): void }, queue: { grant(): void }[] }} */
  #lock = { holder: undefined, queue: [] };
  storage = new FakeStorage();

  tab() {
    const browser = this;
    const tab = { isFrozen: false, mail: [], thaw() {
      tab.isFrozen = false;
      for (const deliver of tab.mail.splice(0)) deliver();
    } };
    tab.BroadcastChannel = class {
      onmessage;
      constructor(name) {
        this.name = name;
        browser.#channels.add(this);
      }
      postMessage(message) {
        if (!browser.#channels.has(this)) return;
        const copy = structuredClone(message);
        for (const other of browser.#channels) {
          if (other !== this && other.name === this.name) other.take(() => other.onmessage?.({ data: structuredClone(copy) }));
        }
      }
      take(deliver) {
        if (tab.isFrozen) tab.mail.push(deliver);
        else queueMicrotask(() => browser.#channels.has(this) && deliver());
      }
      close() {
        browser.#channels.delete(this);
      }
    };
    tab.locks = { request: (name, options, work) => browser.#request(options, work) };
    return tab;
  }

  #request({ steal, signal }, work) {
    return new Promise((resolve, reject) => {
      const entry = {
        reject,
        grant: () => {
          this.#lock.holder = entry;
          Promise.resolve(work({})).then((value) => {
            resolve(value);
            if (this.#lock.holder === entry) this.#release();
          });
        },
      };
      signal?.addEventListener("abort", () => {
        const place = this.#lock.queue.indexOf(entry);
        if (place < 0) return;
        this.#lock.queue.splice(place, 1);
        reject(new DOMException("left", "AbortError"));
      });
      if (steal) {
        const former = this.#lock.holder;
        queueMicrotask(() => former?.reject(new DOMException("stolen", "AbortError")));
        queueMicrotask(entry.grant);
        this.#lock.holder = entry;
      } else {
        this.#lock.queue.push(entry);
        if (!this.#lock.holder) this.#release();
      }
    });
  }

  #release() {
    this.#lock.holder = undefined;
    const next = this.#lock.queue.shift();
    if (!next) return;
    this.#lock.holder = next;
    queueMicrotask(next.grant);
  }
}

/** Like localStorage; can be full or forbidden. */
export class FakeStorage {
  items = new Map();
  isBroken = false;

  getItem(key) {
    this.#check();
    return this.items.get(key) ?? null;
  }
  setItem(key, value) {
    this.#check();
    this.items.set(key, value);
  }
  removeItem(key) {
    this.#check();
    this.items.delete(key);
  }
  #check() {
    if (this.isBroken) throw new DOMException("full", "QuotaExceededError");
  }
}
