/** `retry_window_ms`, where no server has told. */
export const WINDOW_MS = 2_000;
/** A connection that held so long was a success: the count of failures starts again (docs/protocol.md §5). */
export const STABLE_MS = 30_000;
/** So many failures in a row, and HTTP stands in (docs/protocol.md §5). */
export const FALLBACK_FAILURES = 5;

/**
 * The wait before the next try, after `failures` tries in a row that failed (0: a connection was there and broke).
 * Drawn evenly from 0 … `window`, then from 0 … min(30 s, 1 s · 2^(failures − 1)), so that clients spread out
 * («full jitter», M. Brooker, AWS, 2015).
 *
 * @param {number} failures
 * @param {number} window
 * @param {() => number} random
 */
export function reconnectDelay(failures, window, random) {
  return random() * (failures <= 0 ? window : Math.min(30_000, 1_000 * 2 ** Math.min(failures - 1, 5)));
}

/**
 * What a close code tells a client to do, by its range.
 * @param {number} code
 * @returns {"final" | "backOff" | "comeBack"}
 */
export function closeAdvice(code) {
  if (code >= 4000 && code <= 4099) return "final";
  return code >= 4200 && code <= 4299 ? "comeBack" : "backOff";
}

/**
 * `retry=<ms>` in a close reason; 0 where there is none.
 * @param {string} reason
 */
export function retryHint(reason) {
  return Math.min(Number(/(?:^|[\s;,])retry=(\d{1,9})(?:$|[\s;,])/.exec(reason)?.[1] ?? 0), 3_600_000);
}
