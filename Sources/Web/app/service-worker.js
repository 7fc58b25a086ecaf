// Keeps the page's shell, so that it opens without a connection. What people say is never kept here.

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

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => {
    event.waitUntil(
        caches
            .open(CACHE)
            .then((cache) => cache.addAll(SHELL))
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
