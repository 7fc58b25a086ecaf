import { packed, unpacked } from "./outbox.js";

/**
 * @typedef {import("../parley.js").OutboxEntry} OutboxEntry
 * @typedef {{ offset: number, epoch: string, at?: number }} Position `at`: when it was kept, milliseconds since 1970
 * @typedef {{ entries: OutboxEntry[], position?: Position }} Kept
 *
 * What outlives a page: unsent messages and the position in the event log. No call throws or rejects: storage that is
 * full or forbidden only means that a closed page forgets.
 * @typedef {object} Store
 * @property {() => Promise<Kept>} load
 * @property {(entry: OutboxEntry) => void} put
 * @property {(id: string) => void} remove
 * @property {(position: Position) => void} move
 * @property {() => void} close
 */

/** A database that is blocked by another tab's old version would keep the page waiting. */
const DATABASE_MS = 3_000;

/** @returns {Store} */
export function memoryStore() {
  return { load: async () => ({ entries: [] }), put() {}, remove() {}, move() {}, close() {} };
}

/**
 * Over anything with `getItem`, `setItem` and `removeItem`, which may answer at once or by promise.
 * @param {import("../parley.js").StorageLike} storage
 * @param {string} scope
 * @returns {Store}
 */
export function keyValueStore(storage, scope) {
  const keys = { outbox: `parley.outbox.${scope}`, position: `parley.position.${scope}` };
  /** @type {Promise<unknown>} */
  let turn = Promise.resolve();
  /**
   * One after the other, so that no change is read before the one before is written.
   * @param {() => Promise<unknown>} step
   */
  const inTurn = (step) => {
    turn = turn.then(step).catch(() => {});
    return turn;
  };
  /**
   * @param {string} key
   * @returns {Promise<any>}
   */
  const read = async (key) => JSON.parse((await storage.getItem(key)) ?? "null");
  /** @param {(entries: Record<string, unknown>) => void} change */
  const edit = (change) =>
    inTurn(async () => {
      const entries = (await read(keys.outbox).catch(() => null)) ?? {};
      change(entries);
      if (Object.keys(entries).length === 0) await storage.removeItem(keys.outbox);
      else await storage.setItem(keys.outbox, JSON.stringify(entries));
    });
  return {
    async load() {
      await turn;
      const entries = await read(keys.outbox).catch(() => null);
      const position = await read(keys.position).catch(() => null);
      return { entries: asWritten(Object.values(entries ?? {})), position: position ?? undefined };
    },
    put: (entry) => void edit((entries) => (entries[entry.id] = packed(entry))),
    remove: (id) => void edit((entries) => delete entries[id]),
    move: (position) => void inTurn(async () => storage.setItem(keys.position, JSON.stringify(position))),
    close() {},
  };
}

/**
 * @param {IDBFactory} factory
 * @param {string} scope
 * @param {import("../parley.js").Clock} clock
 * @returns {Store}
 */
export function databaseStore(factory, scope, clock) {
  const opened = new Promise((/** @type {(database: IDBDatabase | undefined) => void} */ resolve) => {
    clock.setTimeout(() => resolve(undefined), DATABASE_MS);
    try {
      const request = factory.open("parley", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("outbox");
        request.result.createObjectStore("position");
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
  const range = () => IDBKeyRange.bound(`${scope}\n`, `${scope}\n\uffff`);
  /**
   * @param {"outbox" | "position"} name
   * @param {(store: IDBObjectStore) => void} step
   */
  const write = async (name, step) => {
    const database = await opened;
    try {
      if (database) step(database.transaction(name, "readwrite").objectStore(name));
    } catch {
      // Closed or full: the message is still in memory, and on its way.
    }
  };
  /**
   * @template T
   * @param {"outbox" | "position"} name
   * @param {(store: IDBObjectStore) => IDBRequest<T>} step
   */
  const read = async (name, step) => {
    const database = await opened;
    return new Promise((/** @type {(value: T | undefined) => void} */ resolve) => {
      try {
        if (!database) return resolve(undefined);
        const request = step(database.transaction(name).objectStore(name));
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(undefined);
      } catch {
        resolve(undefined);
      }
    });
  };
  return {
    async load() {
      const entries = (await read("outbox", (store) => store.getAll(range()))) ?? [];
      return { entries: asWritten(entries), position: await read("position", (store) => store.get(scope)) };
    },
    put: (entry) => void write("outbox", (store) => store.put(packed(entry), `${scope}\n${entry.id}`)),
    remove: (id) => void write("outbox", (store) => store.delete(`${scope}\n${id}`)),
    move: (position) => void write("position", (store) => store.put(position, scope)),
    close: () => void opened.then((database) => database?.close()),
  };
}

/**
 * As they were written: the ids are of version 7.
 * @param {any[]} plain
 */
function asWritten(plain) {
  return plain.map(unpacked).sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
}
