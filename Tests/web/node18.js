// Debian 12 has Node 18, the SDK promises 20: what the tests need of it, where it is not there (node --import).

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
String.prototype.toWellFormed ??= function toWellFormed() {
  return this.replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
};
String.prototype.isWellFormed ??= function isWellFormed() {
  return this.toWellFormed() === String(this);
};
