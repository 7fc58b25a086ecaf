// Where each row of a long list is, and which rows are near the view: arithmetic alone, in px.

/** @typedef {{ key: string, height: number }} Sized */

export class Heights {
    /** @type {readonly Sized[]} */
    #rows = [];
    /** Where row n begins; one more than there are rows. */
    #tops = new Float64Array(1);
    #valid = 0;
    /** @type {Map<string, number>} */
    #places = new Map();

    /** @param {readonly Sized[]} rows */
    setRows(rows) {
        this.#valid = Math.min(this.#valid, this.#find(rows));
        this.#rows = rows;
        if (this.#tops.length < rows.length + 1) {
            const tops = new Float64Array(Math.max(64, (rows.length + 1) * 2));
            tops.set(this.#tops);
            this.#tops = tops;
        }
    }

    /**
     * Keeps the places by key: mostly there is only something new at the end.
     *
     * @param {readonly Sized[]} rows
     * @returns {number} how many at the beginning are the same as before
     */
    #find(rows) {
        const former = this.#rows;
        let same = 0;
        while (same < rows.length && same < former.length && rows[same] === former[same]) same += 1;
        for (const row of former.slice(same)) this.#places.delete(row.key);
        for (let place = same; place < rows.length; place += 1) {
            this.#places.set(/** @type {Sized} */ (rows[place]).key, place);
        }
        return same;
    }

    /**
     * Row `place` has another height now.
     *
     * @param {number} place
     */
    changed(place) {
        this.#valid = Math.min(this.#valid, place);
    }

    get total() {
        return this.top(this.#rows.length);
    }

    /**
     * @param {number} place
     * @returns {number} where that row begins
     */
    top(place) {
        for (; this.#valid < place; this.#valid += 1) {
            const height = /** @type {Sized} */ (this.#rows[this.#valid]).height;
            this.#tops[this.#valid + 1] = /** @type {number} */ (this.#tops[this.#valid]) + height;
        }
        return /** @type {number} */ (this.#tops[place]);
    }

    /**
     * @param {string} key
     * @returns {number} -1 where there is none
     */
    placeOf(key) {
        return this.#places.get(key) ?? -1;
    }

    /**
     * @param {number} offset
     * @returns {number} the row at that place, clamped to the rows there are
     */
    at(offset) {
        const count = this.#rows.length;
        this.top(count);
        let low = 0;
        let high = count;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.top(middle + 1) <= offset) low = middle + 1;
            else high = middle;
        }
        return Math.max(0, Math.min(low, count - 1));
    }

    /**
     * The rows that touch a stretch.
     *
     * @param {number} from
     * @param {number} to
     * @returns {{ first: number, end: number }} `end` is the one after the last
     */
    range(from, to) {
        if (this.#rows.length === 0) return { first: 0, end: 0 };
        return { first: this.at(from), end: this.at(to) + 1 };
    }
}
