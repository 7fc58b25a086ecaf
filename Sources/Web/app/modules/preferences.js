// What a person chose on this device. Where storage is full or forbidden, a choice lasts as long as the page.

const PREFIX = "parley.page.";

export class Preferences {
    /** @type {Map<string, string>} */
    #memory = new Map();

    /** @param {string} name */
    get(name) {
        const here = this.#memory.get(name);
        if (here !== undefined) return here;
        try {
            return localStorage.getItem(PREFIX + name);
        } catch {
            return null;
        }
    }

    /**
     * @param {string} name
     * @param {string} value
     */
    set(name, value) {
        this.#memory.set(name, value);
        try {
            localStorage.setItem(PREFIX + name, value);
        } catch {
            // Kept in memory.
        }
    }

    /**
     * Drafts by conversation.
     *
     * @param {string} owner the tenant and user whose drafts they are
     * @returns {ReadonlyMap<string, string>}
     */
    drafts(owner) {
        try {
            const value = JSON.parse(this.get(`drafts.${owner}`) ?? "{}");
            return new Map(Object.entries(value).filter((entry) => typeof entry[1] === "string"));
        } catch {
            return new Map();
        }
    }

    /**
     * @param {string} owner
     * @param {ReadonlyMap<string, string>} drafts
     */
    setDrafts(owner, drafts) {
        this.set(`drafts.${owner}`, JSON.stringify(Object.fromEntries(drafts)));
    }
}
