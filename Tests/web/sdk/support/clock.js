/** Lets everything that is ready run: promises, and what they start. */
export async function settled() {
  for (let round = 0; round < 4; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that only a test moves. */
export class FakeClock {
  time = Date.UTC(2026, 0, 31, 9, 30);
  #timers = new Map();
  #last = 0;

  now = () => this.time;
  setTimeout = (action, delay) => {
    this.#last += 1;
    this.#timers.set(this.#last, { at: this.time + Math.max(0, delay), action });
    return this.#last;
  };
  clearTimeout = (timer) => void this.#timers.delete(timer);

  /** Everything due in the next `ms`, in order. */
  async advance(ms) {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].action();
      await settled();
    }
    this.time = end;
  }

  /** Time passes while nothing runs: sleep, or a frozen tab. */
  sleep(ms) {
    this.time += ms;
  }
}
