// Maps that are never changed in place.

/**
 * @template K, V
 * @param {ReadonlyMap<K, V>} map
 * @param {K} key
 * @param {V} value
 * @returns {ReadonlyMap<K, V>}
 */
export function withEntry(map, key, value) {
    return new Map(map).set(key, value);
}

/**
 * @template K, V
 * @param {ReadonlyMap<K, V>} map
 * @param {K} key
 * @returns {ReadonlyMap<K, V>}
 */
export function withoutEntry(map, key) {
    if (!map.has(key)) return map;
    const next = new Map(map);
    next.delete(key);
    return next;
}

/**
 * @template K, V
 * @param {ReadonlyMap<K, V>} map
 * @param {readonly V[]} values
 * @param {(value: V) => K} keyOf
 * @returns {ReadonlyMap<K, V>}
 */
export function withAll(map, values, keyOf) {
    const next = new Map(map);
    for (const value of values) next.set(keyOf(value), value);
    return next;
}
