internal import Glibc

/// The few file operations that durability needs: what SQLite does not do itself.
enum FileSystem {
    /// Makes a directory that its owner alone may enter, with those above it, unless it is there. A new name is on disk
    /// when this returns.
    static func makeDirectory(_ path: String) throws {
        if mkdir(path, 0o700) == 0 { return try synchronizeDirectory(parent(of: path)) }
        switch errno {
        case EEXIST: return
        case ENOENT where parent(of: path) != path:
            try makeDirectory(parent(of: path))
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("mkdir", path) }
            try synchronizeDirectory(parent(of: path))
        default: throw failure("mkdir", path)
        }
    }

    /// Makes an empty file that its owner alone may read, unless it is there. SQLite gives its journals the same mode.
    static func makeFile(_ path: String) throws {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open", path) }
        close(descriptor)
        try synchronizeDirectory(parent(of: path))
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// What lies in a directory.
    static func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else { throw failure("opendir", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The first bytes of a file; nil where it has fewer or can't be read.
    static func head(of path: String, count: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        return read(descriptor, &bytes, count) == count ? bytes : nil
    }

    /// Removes a file; one that isn't there is removed already.
    static func removeFile(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("unlink", path) }
    }

    static func removeDirectory(_ path: String) throws {
        guard rmdir(path) == 0 || errno == ENOENT else { throw failure("rmdir", path) }
        try synchronizeDirectory(parent(of: path))
    }

    /// A name is durable once its directory is (fsync(2), NOTES).
    static func synchronizeDirectory(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func failure(_ call: String, _ path: String) -> StoreFailure {
        let code = errno
        let reason: StoreFailure.Reason = code == ENOSPC || code == EDQUOT ? .full : .io
        return StoreFailure(reason, "\(call) \(path): \(String(cString: strerror(code)))")
    }
}
