// The page at `/`: in demo mode one says who one is; elsewhere it tells platform teams how to embed the chat.

import { createParley } from "/sdk/v1/parley.js";
import { mountChat } from "./chat.js";
import { texts } from "./i18n.js";
import { Preferences } from "./preferences.js";
import { followNotifications } from "./push.js";
import { applyTheme } from "./theme.js";
import { embedScreen, signInScreen, waitScreen } from "./views/sign-in.js";

/** @typedef {{ id: string, name: string }} Person */

const RETRY_MS = 2_000;

/**
 * Runs the whole page in `container`.
 *
 * @param {HTMLElement} container
 */
export async function startPage(container) {
    const preferences = new Preferences();
    const { t, language } = await texts([preferences.get("language"), ...navigator.languages]);
    document.documentElement.lang = language.code;
    document.documentElement.dir = language.direction;
    applyTheme(document.documentElement, preferences.get("theme"));

    /** Who this tab is, as its address says. */
    function wanted() {
        return new URLSearchParams(location.hash.slice(1)).get("as");
    }

    /**
     * @returns {Promise<Person[] | null>} null: this server is not in demo mode
     */
    async function people() {
        const response = await fetch("/demo/people");
        if (response.status === 404) return null;
        if (!response.ok) throw new Error(`The demo's people: ${response.status}.`);
        const reply = await response.json();
        preferences.set("demo", JSON.stringify(reply.people));
        return reply.people;
    }

    /** Whom this device knows from before, for when the server can't be reached. @returns {Person[]} */
    function remembered() {
        try {
            return JSON.parse(preferences.get("demo") ?? "[]");
        } catch {
            return [];
        }
    }

    /** @param {string} user */
    async function token(user) {
        const response = await fetch("/demo/token", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ user }),
        });
        if (!response.ok) throw new Error(`A token for ${user}: ${response.status}.`);
        return /** @type {string} */ ((await response.json()).token);
    }

    /** @param {Person} person */
    function chatAs(person) {
        const parley = createParley({ token: () => token(person.id), clientName: "parley-page" });
        const chat = mountChat(container, parley, {
            useAddress: true,
            onSignOut: () => {
                chat.unmount();
                void parley.stop();
                history.replaceState(null, "", "/");
                document.title = "Parley";
                void start();
            },
        });
    }

    async function start() {
        const as = wanted();
        const known = remembered().find((/** @type {Person} */ { id }) => id === as);
        if (known) {
            chatAs(known);
            return;
        }
        try {
            const found = await people();
            if (found === null) {
                container.replaceChildren(embedScreen(t));
                return;
            }
            const person = found.find((/** @type {Person} */ { id }) => id === as);
            if (person) {
                chatAs(person);
                return;
            }
            container.replaceChildren(signInScreen(t, found, (chosen) => {
                history.replaceState(null, "", `/#as=${encodeURIComponent(chosen.id)}`);
                chatAs(chosen);
            }));
        } catch {
            container.replaceChildren(waitScreen(t));
            setTimeout(() => void start(), RETRY_MS);
        }
    }

    void start();
    // Another person in the address is another chat: as if the page were opened anew.
    const shown = wanted();
    window.addEventListener("hashchange", () => {
        const as = wanted();
        if (as !== null && shown !== null && as !== shown) location.reload();
    });
    followNotifications();
    navigator.serviceWorker?.register("/app/service-worker.js", { scope: "/" }).catch(() => {
        // Without it the page works as well, but not without a connection.
    });
}
