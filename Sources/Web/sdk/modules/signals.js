/**
 * What a browser tells of the page's life; nothing of it exists in Node.
 * @param {{ network(isThere: boolean): void, woken(): void, hidden(): void }} listener
 * @returns {() => void} ends it
 */
export function listenToPage(listener) {
  const { window, document } = globalThis;
  if (!window?.addEventListener || !document?.addEventListener) return () => {};
  const ends = new AbortController();
  /**
   * @param {EventTarget} target
   * @param {string} type
   * @param {() => void} action
   */
  const on = (target, type, action) => target.addEventListener(type, action, { signal: ends.signal });
  on(window, "online", () => listener.network(true));
  on(window, "offline", () => listener.network(false));
  on(window, "pageshow", () => listener.woken());
  on(window, "pagehide", () => listener.hidden());
  on(document, "resume", () => listener.woken());
  on(document, "visibilitychange", () =>
    document.visibilityState === "visible" ? listener.woken() : listener.hidden(),
  );
  return () => ends.abort();
}

/** Whether someone may be looking. */
export function isVisible() {
  return globalThis.document?.visibilityState !== "hidden";
}
