internal import Crypto
internal import Foundation
internal import Wire

/// A message that only one browser can read (RFC 8291), in one record of `aes128gcm` (RFC 8188).
enum PushEncryption {
    /// The record's size, and so more than any body may have; push services take 4,096 bytes (RFC 8291 §4).
    static let recordBytes = 4_096
    /// Padding's delimiter of the last record, and the tag.
    static let overhead = 17

    /// - Parameters:
    ///   - own: made for this message alone.
    ///   - salt: 16 bytes, as the key.
    /// - Throws: where the browser's key is no point on the curve, or the text is too long.
    static func encrypted(
        _ text: [UInt8], for subscription: PushSubscription, own: P256.KeyAgreement.PrivateKey, salt: [UInt8]
    ) throws -> [UInt8] {
        guard text.count + overhead <= recordBytes else { throw CryptoKitError.incorrectParameterSize }
        let browser = try P256.KeyAgreement.PublicKey(x963Representation: subscription.publicKey)
        let ownPublic = Array(own.publicKey.x963Representation)
        let shared = try own.sharedSecretFromKeyAgreement(with: browser).withUnsafeBytes { Array($0) }
        // §3.4: the key material, from the shared secret and the subscription's own.
        let pseudorandom = mac(subscription.secret, shared)
        let material = mac(
            pseudorandom, Array("WebPush: info\0".utf8) + subscription.publicKey + ownPublic + [1])
        // RFC 8188 §2.2, §2.3.
        let root = mac(salt, material)
        let key = mac(root, Array("Content-Encoding: aes128gcm\0".utf8) + [1]).prefix(16)
        let nonce = mac(root, Array("Content-Encoding: nonce\0".utf8) + [1]).prefix(12)
        let box = try AES.GCM.seal(
            text + [2], using: SymmetricKey(data: key), nonce: AES.GCM.Nonce(data: nonce))
        let size = UInt32(recordBytes)
        let head = salt + (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * UInt32($0))) }
        return head + [UInt8(ownPublic.count)] + ownPublic + Array(box.ciphertext) + Array(box.tag)
    }

    private static func mac(_ key: [UInt8], _ data: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
    }
}
