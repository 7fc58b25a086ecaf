/**
 * A UUID of version 7 (RFC 9562 §5.7): ids made later sort later, which keeps the server's index small.
 *
 * @param {number} now milliseconds since 1970
 * @param {() => number} random evenly in 0 ..< 1
 */
export function uuidV7(now, random) {
  const bytes = Array.from({ length: 16 }, () => Math.floor(random() * 256));
  let time = Math.max(0, Math.floor(now));
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Evenly in 0 ..< 1, from the platform's secure source: ids must not collide between devices. */
export function secureRandom() {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;
}
