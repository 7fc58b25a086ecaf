/** @typedef {"read" | "received"} Kind */
/** @typedef {{ kind: Kind, conversation: string, seq: number }} Receipt */

/** How long marks gather before one command tells the last of them. */
const GATHER_MS = { read: 300, received: 1_000 };

/** Read and received marks, as a value: per conversation only the highest goes out, and never moves back. */
export class Receipts {
  /** @type {Map<string, Receipt & { wanted: number, told: number, dueAt: number, isOut: boolean }>} */
  #marks = new Map();

  /**
   * @param {Kind} kind
   * @param {string} conversation
   * @param {number} seq
   * @param {number} now
   */
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

  /**
   * What to tell now; `isHurried`: the page goes away, tell all.
   * @param {number} now
   * @param {boolean} [isHurried]
   * @returns {Receipt[]}
   */
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

  /**
   * Told, or refused for good (then it is let go of: a mark is no reason to bother a person).
   * @param {Receipt} receipt
   * @param {number} now
   */
  done(receipt, now) {
    const mark = this.#marks.get(`${receipt.kind} ${receipt.conversation}`);
    if (!mark) return;
    mark.isOut = false;
    mark.told = Math.max(mark.told, receipt.seq);
    mark.dueAt = mark.wanted > mark.told ? now + GATHER_MS[mark.kind] : Infinity;
  }

  /**
   * Not told: again later.
   * @param {Receipt} receipt
   * @param {number} at
   */
  postponed(receipt, at) {
    const mark = this.#marks.get(`${receipt.kind} ${receipt.conversation}`);
    if (!mark) return;
    mark.isOut = false;
    mark.dueAt = at;
  }
}
