// A scrolled list of rows of any height, of which only those near the view are in the document. A row that the reader
// looks at is the anchor: whatever changes, it stays where it is on screen; at the end of the list, the end stays.

import { arrange } from "../dom.js";
import { Heights } from "../state/heights.js";

/**
 * @typedef {import("../types.js").Row} Row
 * @typedef {import("./message-row.js").RowView} RowView
 *
 * @typedef {object} Rows
 * @property {() => RowView} view makes an empty one
 * @property {(view: RowView, row: Row) => void} update
 * @property {() => void} moved after each change of what is seen
 *
 * @typedef {{ end: true } | { end: false, key: string, offset: number }} Anchor `offset`: of the row's top from the view's
 */

/** Rows this far outside the view are in the document too, in px, so that scrolling finds them there. */
const OVERSCAN_PX = 600;
/** The view is at the end where no more than this is below it, in px. */
const END_PX = 32;
/** A row that is jumped to comes so far below the top, in px. */
const REVEAL_PX = 96;
/** Measuring moves rows, which may bring others into view; each round is nearer. */
const ROUNDS_MAX = 4;

export class Viewport {
    #scroller;
    #list;
    #rowsOf;
    #heights = new Heights();
    /** @type {readonly Row[]} */
    #rows = [];
    /** @type {Map<string, RowView>} */
    #views = new Map();
    /** @type {Anchor} */
    #anchor = { end: true };
    #height = 0;
    #top = 0;
    #observer;
    /** Where the browser is, as far as it has said: asking it anew would have it lay out everything. */
    #scrollTop = 0;

    /**
     * @param {HTMLElement} scroller
     * @param {HTMLElement} list
     * @param {Rows} rowsOf
     */
    constructor(scroller, list, rowsOf) {
        this.#scroller = scroller;
        this.#list = list;
        this.#rowsOf = rowsOf;
        scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
        // Rows change their height with the width of the page and when a font arrives.
        this.#observer = new ResizeObserver((entries) => this.#resized(entries));
        this.#observer.observe(scroller);
    }

    destroy() {
        this.#observer.disconnect();
    }

    clear() {
        this.#rows = [];
        this.#heights = new Heights();
        for (const view of this.#views.values()) this.#observer.unobserve(view.element);
        this.#views.clear();
        this.#list.replaceChildren();
        this.#list.style.paddingBlock = "0px";
        this.#anchor = { end: true };
        this.#top = 0;
        this.#scrollTop = 0;
    }

    get atEnd() {
        return this.#anchor.end;
    }

    /** How far the view is below the first row, in px. */
    get offset() {
        return this.#top;
    }

    /** @param {readonly Row[]} rows */
    show(rows) {
        const wasEmpty = this.#rows.length === 0;
        this.#rows = rows;
        this.#heights.setRows(rows);
        // The anchor may be gone (a message that is no longer in the outbox): the next that is still there takes over.
        if (!this.#anchor.end && this.#heights.placeOf(this.#anchor.key) < 0) this.#anchorAt(this.#top);
        if (wasEmpty) this.#height = this.#scroller.clientHeight;
        this.#render();
    }

    toEnd() {
        this.#anchor = { end: true };
        this.#render();
        this.#rowsOf.moved();
    }

    /** @param {string} key */
    has(key) {
        return this.#heights.placeOf(key) >= 0;
    }

    /**
     * Brings a row near the top of the view.
     *
     * @param {string} key
     */
    reveal(key) {
        if (!this.has(key)) return;
        this.#anchor = { end: false, key, offset: REVEAL_PX };
        this.#render();
        // Where the row is near the end, it can't come so high.
        this.#anchorAt(this.#top);
        this.#rowsOf.moved();
    }

    /**
     * @param {string} key
     * @returns {boolean} it is there, and wholly above the view
     */
    isAbove(key) {
        const place = this.#heights.placeOf(key);
        return place >= 0 && this.#heights.top(place + 1) <= this.#top;
    }

    /**
     * @param {(row: Row) => boolean} matches
     * @returns {Row | undefined} the last such row whose end is in view
     */
    lastVisible(matches) {
        const bottom = this.#top + this.#height + END_PX;
        for (let place = this.#heights.at(bottom); place >= 0; place -= 1) {
            const row = this.#rows[place];
            if (!row) return undefined;
            if (this.#heights.top(place) < this.#top) return undefined;
            if (matches(row) && this.#heights.top(place + 1) <= bottom) return row;
        }
        return undefined;
    }

    /**
     * Moves the focus from row to row.
     *
     * @param {string | undefined} key where it is; none: the last row in view
     * @param {number} by
     */
    focus(key, by) {
        const from = key === undefined ? this.#heights.at(this.#top + this.#height) + 1 : this.#heights.placeOf(key);
        let place = from + by;
        while (this.#rows[place] && this.#rows[place]?.kind !== "message") place += by;
        const row = this.#rows[place];
        if (!row) {
            if (by < 0) this.#scroller.scrollTop = 0;
            else this.toEnd();
            return;
        }
        const top = this.#heights.top(place);
        const bottom = this.#heights.top(place + 1);
        if (top < this.#top) this.#anchor = { end: false, key: row.key, offset: 8 };
        else if (bottom > this.#top + this.#height) {
            this.#anchor = { end: false, key: row.key, offset: this.#height - (bottom - top) - 8 };
        }
        this.#render();
        this.#anchorAt(this.#top);
        this.#views.get(row.key)?.element.focus({ preventScroll: true });
        this.#rowsOf.moved();
    }

    /**
     * @param {string} key
     * @returns {Row | undefined}
     */
    row(key) {
        return this.#rows[this.#heights.placeOf(key)];
    }

    #scrolled() {
        const top = this.#scroller.scrollTop;
        // The browser's word of what was set here.
        if (Math.abs(top - this.#scrollTop) < 1) return;
        this.#scrollTop = top;
        // A view that became higher at the end is moved up by the browser, which says so before the observer does.
        const height = this.#scroller.clientHeight;
        const keepsEnd = this.#anchor.end && height !== this.#height;
        this.#height = height;
        if (!keepsEnd) this.#anchorAt(top);
        this.#render();
        this.#rowsOf.moved();
    }

    /** @param {number} top */
    #anchorAt(top) {
        this.#top = top;
        if (this.#heights.total - top - this.#height <= END_PX) {
            this.#anchor = { end: true };
            return;
        }
        // Only messages keep their place among the others: a day's line moves up when older ones of that day come.
        let place = this.#heights.at(top);
        while (this.#rows[place] && this.#rows[place]?.kind !== "message") place += 1;
        const row = this.#rows[place];
        if (row) this.#anchor = { end: false, key: row.key, offset: this.#heights.top(place) - top };
    }

    /** @param {ResizeObserverEntry[]} entries */
    #resized(entries) {
        let isChanged = false;
        for (const entry of entries) {
            if (entry.target === this.#scroller) {
                const height = this.#scroller.clientHeight;
                isChanged ||= height !== this.#height;
                this.#height = height;
                continue;
            }
            const key = /** @type {HTMLElement} */ (entry.target).dataset.key;
            if (key === undefined || !entry.target.isConnected) continue;
            const height = entry.borderBoxSize[0]?.blockSize ?? 0;
            isChanged = this.#measured(this.#heights.placeOf(key), height) || isChanged;
        }
        if (isChanged) {
            this.#render();
            this.#rowsOf.moved();
        }
    }

    /**
     * @param {number} place
     * @param {number} height
     * @returns {boolean} whether it was another
     */
    #measured(place, height) {
        const row = this.#rows[place];
        if (!row || height === 0) return false;
        const isOther = Math.abs(row.height - height) > 0.01;
        row.measured = true;
        if (!isOther) return false;
        row.height = height;
        this.#heights.changed(place);
        return true;
    }

    /**
     * Puts the rows near the view into the document, measures those that are new there, and holds the anchor.
     */
    #render() {
        for (let round = 0; round < ROUNDS_MAX; round += 1) {
            this.#top = this.#wantedTop();
            const { first, end } = this.#heights.range(this.#top - OVERSCAN_PX, this.#top + this.#height + OVERSCAN_PX);
            const fresh = this.#place(first, end);
            if (!this.#measure(fresh)) break;
        }
        this.#top = this.#wantedTop();
        this.#pad();
        if (Math.abs(this.#scrollTop - this.#top) < 1) return;
        this.#top = this.#anchor.end ? Math.ceil(this.#top) : Math.round(this.#top);
        this.#scroller.scrollTop = this.#top;
        this.#scrollTop = this.#top;
    }

    #wantedTop() {
        const most = Math.max(0, this.#heights.total - this.#height);
        if (this.#anchor.end) return most;
        const place = this.#heights.placeOf(this.#anchor.key);
        const top = place < 0 ? this.#top : this.#heights.top(place) - this.#anchor.offset;
        return Math.max(0, Math.min(most, top));
    }

    #first = 0;
    #end = 0;

    /**
     * @param {number} first
     * @param {number} end
     * @returns {RowView[]} those whose height is not known
     */
    #place(first, end) {
        this.#first = first;
        this.#end = end;
        const fresh = [];
        const wanted = [];
        const keys = new Set();
        for (let place = first; place < end; place += 1) {
            const row = /** @type {Row} */ (this.#rows[place]);
            keys.add(row.key);
            let view = this.#views.get(row.key);
            const isNew = view === undefined;
            if (view === undefined) {
                view = this.#rowsOf.view();
                this.#views.set(row.key, view);
            }
            this.#rowsOf.update(view, row);
            if (isNew) this.#observer.observe(view.element);
            if (isNew || !row.measured) fresh.push(view);
            wanted.push(view.element);
        }
        const focused = document.activeElement;
        for (const [key, view] of this.#views) {
            if (keys.has(key)) continue;
            if (view.element.contains(focused)) this.#scroller.focus({ preventScroll: true });
            this.#observer.unobserve(view.element);
            this.#views.delete(key);
        }
        arrange(this.#list, wanted);
        this.#pad();
        return fresh;
    }

    #pad() {
        const above = this.#heights.top(this.#first);
        // Browsers scroll as far as whole pixels go: with a fraction more, the last row would lose that much.
        const below = Math.ceil(this.#heights.total) - this.#heights.top(this.#end);
        const padding = `${above}px ${Math.max(0, below)}px`;
        if (this.#list.style.paddingBlock !== padding) this.#list.style.paddingBlock = padding;
    }

    /**
     * @param {readonly RowView[]} views
     * @returns {boolean} whether one was not as high as it was thought to be
     */
    #measure(views) {
        let isChanged = false;
        for (const view of views) {
            const key = view.element.dataset.key ?? "";
            const height = view.element.getBoundingClientRect().height;
            isChanged = this.#measured(this.#heights.placeOf(key), height) || isChanged;
        }
        return isChanged;
    }
}
