// Notifications on this device while the page is closed: the browser's push service wakes the service worker.

/**
 * @typedef {import("./types.js").Page} Page
 */

/**
 * The worker that would be woken; null where this browser, or this page's place, has none.
 *
 * @returns {Promise<ServiceWorkerRegistration | null>}
 */
async function registration() {
    if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return null;
    return (await navigator.serviceWorker.getRegistration("/")) ?? null;
}

/**
 * The key that the push service is to know Parley by; null where nobody is woken.
 *
 * @returns {Promise<string | null>}
 */
async function serverKey() {
    const response = await fetch("/v1/push/key");
    return response.ok ? (await response.json()).key : null;
}

/**
 * Whether notifications can be had here, and are on.
 *
 * @returns {Promise<"none" | "off" | "on" | "denied">}
 */
export async function pushState() {
    try {
        const worker = await registration();
        if (!worker || !(await serverKey())) return "none";
        if (Notification.permission === "denied") return "denied";
        return (await worker.pushManager.getSubscription()) ? "on" : "off";
    } catch {
        return "none";
    }
}

/**
 * Asks the person, then the push service; only ever in answer to a click.
 *
 * @param {Page} page
 * @returns {Promise<void>} rejected where the person, the push service or the server refuses
 */
export async function startPush(page) {
    const worker = await registration();
    const key = await serverKey();
    if (!worker || !key || (await Notification.requestPermission()) !== "granted") return;
    const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = subscription.toJSON();
    try {
        await page.session.ask("push.subscribe", { endpoint, keys });
    } catch (error) {
        await subscription.unsubscribe();
        throw error;
    }
}

/**
 * @param {Page} page
 * @returns {Promise<void>}
 */
export async function stopPush(page) {
    const subscription = await (await registration())?.pushManager.getSubscription();
    if (!subscription) return;
    await page.session.ask("push.unsubscribe", { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
}

/** Opens the conversation of a notification that was clicked, as a link to it would. */
export function followNotifications() {
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
        if (typeof data?.open !== "string") return;
        const parameters = new URLSearchParams(location.hash.slice(1));
        parameters.set("chat", data.open);
        location.hash = `${parameters}`;
    });
}
