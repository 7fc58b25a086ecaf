/** At most one frame in this time and conversation. */
const FRAME_MS = 1_000;
/** «Still typing» is renewed so often: the server ends it after 6 s (docs/protocol.md §4). */
const RENEW_MS = 3_000;

/** Who the person types to, as a value: many keystrokes in, few frames out. */
export class Typing {
  /** @type {Map<string, { isActive: boolean, told: boolean, at: number, endAt: number }>} */
  #lines = new Map();

  /**
   * @param {string} conversation
   * @param {boolean} isActive
   * @param {number} now
   * @returns {boolean | undefined} what to tell now
   */
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

  /**
   * A message went out, which ends it at the server too.
   * @param {string} conversation
   */
  ended(conversation) {
    this.#lines.delete(conversation);
  }

  get due() {
    let due = Infinity;
    for (const line of this.#lines.values()) due = Math.min(due, line.endAt);
    return due;
  }

  /**
   * What had to wait.
   * @param {number} now
   * @returns {{ conversation: string, active: boolean }[]}
   */
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
