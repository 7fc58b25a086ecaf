internal import Crypto
internal import Foundation
internal import Operations
internal import Wire

/// The key by which push services know this system (RFC 8292): `push.secret`, which its owner alone may read, and
/// `push.public` beside it, which browsers are given; base64url and a newline. Changing it ends all subscriptions.
public struct PushKeys: Sendable {
    let signing: P256.Signing.PrivateKey

    /// As browsers want it: an uncompressed point in base64url.
    public var publicText: String { Base64URL.text(of: Array(signing.publicKey.x963Representation)) }

    /// The pair in `folder`, made where there is none. Two that make it at once get the same one.
    ///
    /// - Throws: `ProcessFailure`.
    public static func pair(in folder: String) throws -> PushKeys {
        let path = folder + "/push.secret"
        if access(path, F_OK) != 0 { try make(in: folder) }
        let keys = try read(path)
        let publicPath = folder + "/push.public"
        if access(publicPath, F_OK) != 0 { try write(keys.publicText + "\n", to: publicPath, mode: 0o644) }
        return keys
    }

    public static func exists(in folder: String) -> Bool { access(folder + "/push.secret", F_OK) == 0 }

    /// - Throws: `ProcessFailure` where it is not there, is no key, or others than its owner may read it.
    static func read(_ path: String) throws -> PushKeys {
        let rights = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        guard let rights else { throw ProcessFailure(.configuration, "push-key: there is no \(path)") }
        guard rights & 0o077 == 0 else {
            throw ProcessFailure(.configuration, "push-key: others may read \(path): chmod 600")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("the push key can't be read", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = Foundation.read(descriptor, &bytes, bytes.count)
        let text = bytes.prefix(max(count, 0)).filter { $0 != UInt8(ascii: "\n") }
        guard let raw = Base64URL.bytes(of: text), let key = try? P256.Signing.PrivateKey(rawRepresentation: raw) else {
            throw ProcessFailure(.configuration, "push-key: \(path) holds no key: parley keys init makes one")
        }
        return PushKeys(signing: key)
    }

    private static func make(in folder: String) throws {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw failure("the folder of keys can't be made", folder)
        }
        let path = folder + "/push.secret"
        let draft = "\(path).\(getpid())"
        let key = P256.Signing.PrivateKey()
        try write(Base64URL.text(of: Array(key.rawRepresentation)) + "\n", to: draft, mode: 0o600)
        defer { unlink(draft) }
        // Whole or not at all, and never over one that somebody uses.
        guard link(draft, path) == 0 || errno == EEXIST else { throw failure("the push key can't be written", path) }
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("a key file can't be written", path) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw failure("a key file can't be written", path)
        }
    }

    private static func failure(_ what: String, _ path: String) -> ProcessFailure {
        ProcessFailure(.inputOutput, "\(what): \(path): \(String(cString: strerror(errno)))")
    }
}
