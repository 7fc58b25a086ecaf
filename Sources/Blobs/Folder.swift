internal import Glibc

/// An open folder: what lies in it is reached from it, so that no symbolic link on the way is followed.
struct Folder: Sendable {
    let file: OpenFile
    var descriptor: Int32 { file.descriptor }

    /// The root itself may be reached by a link: that is for whoever set it up to say. Made, with what is above it, unless it is there.
    init(root path: String) throws(BlobFailure) {
        if mkdir(path, 0o700) != 0, errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            _ = try Folder(root: String(path[..<slash]))
            mkdir(path, 0o700)
        }
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .lastOfSystem("open the folder of files") }
        file = OpenFile(owning: descriptor)
    }

    private init(owning descriptor: Int32) { file = OpenFile(owning: descriptor) }

    /// A folder inside, made where it is missing; a new name is on disk when this returns.
    func making(_ name: String) throws(BlobFailure) -> Folder {
        if mkdirat(descriptor, name, 0o700) == 0 {
            try synchronize()
        } else if errno != EEXIST {
            throw .lastOfSystem("make a folder")
        }
        guard let folder = try existing(name) else { throw .unavailable("a folder has gone") }
        return folder
    }

    /// A folder inside; nil where there is none.
    func existing(_ name: String) throws(BlobFailure) -> Folder? {
        let inside = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard inside >= 0 else {
            if errno == ENOENT { return nil }
            throw .lastOfSystem("open a folder")
        }
        return Folder(owning: inside)
    }

    /// A regular file inside, to read; nil where there is none.
    func openFile(_ name: String) throws(BlobFailure) -> (file: OpenFile, size: Int64)? {
        let inside = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard inside >= 0 else {
            if errno == ENOENT { return nil }
            throw .lastOfSystem("open a file")
        }
        let file = OpenFile(owning: inside)
        let status = try file.status()
        guard status.isRegular else { throw .unavailable("what lies there is no regular file") }
        return (file, status.size)
    }

    /// What lies in it, in the order of the names, but for names that begin with a dot.
    func names() throws(BlobFailure) -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let directory = fdopendir(copy) else { throw .lastOfSystem("list a folder") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file; one that isn't there is removed already.
    func removeFile(_ name: String) throws(BlobFailure) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw .lastOfSystem("remove a file") }
    }

    /// A name is durable once its folder is (fsync(2), NOTES).
    func synchronize() throws(BlobFailure) {
        guard fsync(descriptor) == 0 else { throw .lastOfSystem("fsync a folder") }
    }
}

extension OpenFile {
    func status() throws(BlobFailure) -> (isRegular: Bool, size: Int64, modified: Int64) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .lastOfSystem("ask for a file's size") }
        return (status.st_mode & S_IFMT == S_IFREG, Int64(status.st_size), Int64(status.st_mtim.tv_sec))
    }

    func synchronize() throws(BlobFailure) {
        guard fsync(descriptor) == 0 else { throw .lastOfSystem("fsync a file") }
    }
}

extension BlobFailure {
    /// What `errno` says. The reason names what was tried, never a path.
    static func lastOfSystem(_ what: String) -> BlobFailure {
        let code = errno
        return code == ENOSPC || code == EDQUOT ? .full : .unavailable("\(what): \(String(cString: strerror(code)))")
    }
}
