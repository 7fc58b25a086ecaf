/** The chat of Parley's page, for any page. Guide: docs/embed.md. */

import type { Parley } from "/sdk/v1/parley.js";

export interface ChatOptions {
    /** Called by «Switch to someone else» in the settings; without it there is no such button. */
    onSignOut?: () => void;
    /** Keeps the open conversation in the page's address, so that the browser's back button works. */
    useAddress?: boolean;
    /** A language tag; by default the person's own choice, then the browser's. English and German are there. */
    language?: string;
}

/** Shows the chat in `element`, which gives it its size, and starts `parley`. */
export function mountChat(element: HTMLElement, parley: Parley, options?: ChatOptions): { unmount(): void };

/** Parley's own page, with the demo's sign-in. */
export function startPage(container: HTMLElement): Promise<void>;
