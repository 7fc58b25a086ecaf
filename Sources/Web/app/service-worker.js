// Keeps the page's shell, so that it opens without a connection, and shows what wakes it. What people say is never kept
// here.

const CACHE = "parley-shell-1";
/** The newest wins where the network answers in time; the kept copy stands in. */
const PATIENCE_MS = 3_000;

/** Every file that the page needs to open (held to the folder by Tests/web/app/shell.test.js). */
const SHELL = [
    "/",
    "/app/app.css",
    "/app/app.js",
    "/app/chat.js",
    "/app/icon-maskable.svg",
    "/app/icon.svg",
    "/app/manifest.webmanifest",
    "/app/messages/de.js",
    "/sdk/v1/parley.js",
];

/** What it loads when it is there already: kept too, as far as that works, so that nothing is missing without a connection. */
const PARTS = [
    "/app/parts/dialogs.js",
    "/app/parts/files.css",
    "/app/parts/files.js",
    "/sdk/v1/parley-files.js",
];

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => {
    event.waitUntil(
        caches
            .open(CACHE)
            .then((cache) => {
                void Promise.allSettled(PARTS.map((path) => cache.add(path)));
                return cache.addAll(SHELL);
            })
            .then(() => worker.skipWaiting()),
    );
});

worker.addEventListener("activate", (event) => {
    event.waitUntil(
        caches
            .keys()
            .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
            .then(() => worker.clients.claim()),
    );
});

worker.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    const isShell = url.origin === location.origin
        && (url.pathname === "/" || url.pathname.startsWith("/app/") || url.pathname.startsWith("/sdk/"));
    if (request.method === "GET" && isShell) event.respondWith(answer(request, url));
});

/**
 * @param {Request} request
 * @param {URL} url
 */
async function answer(request, url) {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(url.pathname);
    const fresh = fetch(request).then((response) => {
        if (response.ok) void cache.put(url.pathname, response.clone());
        return response;
    });
    if (!kept) return fresh;
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)).then(() => kept);
    return Promise.race([fresh, late]).catch(() => kept);
}

// What the notifier sends, read by this browser alone: {tenant, conversation, id, seq, title, body, unread}.
worker.addEventListener("push", (event) => {
    const { title, body, conversation } = told(event.data);
    // One notification a conversation: the newest stands in for those before it.
    const options = { body, tag: conversation, renotify: conversation !== "", icon: "/app/icon.svg", data: { conversation } };
    event.waitUntil(worker.registration.showNotification(title, options));
});

worker.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(event.notification.data?.conversation ?? ""));
});

/** @param {PushMessageData | null} data */
function told(data) {
    /** @param {unknown} value */
    const text = (value) => (typeof value === "string" ? value : "");
    try {
        const { title, body, conversation } = data?.json() ?? {};
        return { title: text(title) || "Parley", body: text(body), conversation: text(conversation) };
    } catch {
        return { title: "Parley", body: "", conversation: "" };
    }
}

/**
 * In the page where it is open, else in a new one.
 *
 * @param {string} conversation
 */
async function open(conversation) {
    const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    const page = windows.find((one) => new URL(one.url).pathname === "/");
    if (!page) return worker.clients.openWindow(conversation ? `/#chat=${encodeURIComponent(conversation)}` : "/");
    if (conversation) page.postMessage({ open: conversation });
    return page.focus();
}
