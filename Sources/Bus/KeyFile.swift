internal import Glibc
public import Wire

/// Key files: `NAME.secret`, which its owner alone may read, and `NAME.public` beside it; 40 characters and a newline.
public enum KeyFile {
    /// The pair in `folder`, made where there is none. Two that make it at once get the same one.
    public static func pair(_ name: String, in folder: String) throws(BusFailure) -> CurveKeyPair {
        let path = "\(folder)/\(name).secret"
        if access(path, F_OK) != 0 { try make(name, in: folder) }
        let pair = try read(secret: path)
        // Whoever made it may have been ended between the two files.
        let publicPath = "\(folder)/\(name).public"
        if access(publicPath, F_OK) != 0 { try write(pair.publicKey.text + "\n", to: publicPath, mode: 0o644) }
        return pair
    }

    /// Whether a pair of that name is there.
    public static func exists(_ name: String, in folder: String) -> Bool { isThere("\(folder)/\(name).secret") }

    static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// - Throws: where it is not there, is no key, or others than its owner may read it.
    public static func read(secret path: String) throws(BusFailure) -> CurveKeyPair {
        var status = stat()
        guard stat(path, &status) == 0 else { throw BusFailure.lastOfSystem("read the key file", path) }
        guard status.st_mode & 0o077 == 0 else {
            throw BusFailure(operation: "read the key file", endpoint: path, reason: "others may read it: chmod 600")
        }
        return try CurveKeyPair(secret: try read(public: path))
    }

    /// A file with one key: somebody else's public one.
    public static func read(public path: String) throws(BusFailure) -> CurveKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BusFailure.lastOfSystem("read the key file", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw BusFailure.lastOfSystem("read the key file", path) }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        guard let key = CurveKey(text.hasSuffix("\n") ? String(text.dropLast()) : text) else {
            throw BusFailure(operation: "read the key file", endpoint: path, reason: "it holds no key")
        }
        return key
    }

    private static func make(_ name: String, in folder: String) throws(BusFailure) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw BusFailure.lastOfSystem("make the folder of keys", folder)
        }
        let pair = try CurveKeyPair.generate()
        let path = "\(folder)/\(name).secret"
        // Whole or not at all, and never over one that somebody uses.
        let draft = "\(path).\(getpid())"
        try write(pair.secret.text + "\n", to: draft, mode: 0o600)
        let isLinked = link(draft, path) == 0
        let failure = isLinked || errno == EEXIST ? nil : BusFailure.lastOfSystem("write the key file", path)
        unlink(draft)
        if let failure { throw failure }
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws(BusFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw BusFailure.lastOfSystem("write the key file", path) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw BusFailure.lastOfSystem("write the key file", path)
        }
    }
}
