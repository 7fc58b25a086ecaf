internal import Glibc
public import NIOPosix

/// Files in folders of this machine: `ROOT/TENANT/ab/SHA256`. A new one is written beside, synchronized, and then gets its name;
/// no symbolic link below the root is followed; nobody but the owner may read.
public struct DiskBlobStore: BlobStore {
    /// Where copies from another file system grow.
    private static let incoming = ".incoming"

    private let root: Folder
    private let path: String
    private let threads: NIOThreadPool

    /// - Parameters:
    ///   - root: a folder, made unless it is there.
    ///   - threads: that wait for the disk. They have to be started.
    /// - Throws: `BlobFailure`.
    public init(root path: String, threads: NIOThreadPool = .singleton) throws(BlobFailure) {
        root = try Folder(root: path)
        self.path = path
        self.threads = threads
    }

    public func put(_ key: BlobKey, file path: String) async throws(BlobFailure) -> Bool {
        try await threads.runBlocking { () throws(BlobFailure) in try store(key, path) }
    }

    private func store(_ key: BlobKey, _ path: String) throws(BlobFailure) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw errno == ENOENT ? .missing : .lastOfSystem("open an upload") }
        let upload = OpenFile(owning: descriptor)
        guard try upload.status().isRegular else { throw .missing }
        let folder = try root.making(key.tenant).making(key.shard)
        if try folder.openFile(key.fileName) != nil {
            // Whoever stored it may not have come to this yet.
            try folder.synchronize()
            return false
        }
        guard fchmod(upload.descriptor, 0o600) == 0 else { throw .lastOfSystem("protect an upload") }
        try upload.synchronize()
        // A second name fails where there is one already; `rename` would replace it under a reader's hands.
        var isNew = linkat(AT_FDCWD, path, folder.descriptor, key.fileName, 0) == 0
        if !isNew, errno != EEXIST {
            guard errno == EXDEV || errno == EPERM else { throw .lastOfSystem("store a file") }
            isNew = try copy(upload, to: folder, as: key.fileName)
        }
        try folder.synchronize()
        if isNew { unlink(path) }
        return isNew
    }

    /// For an upload on another file system.
    private func copy(_ upload: OpenFile, to folder: Folder, as name: String) throws(BlobFailure) -> Bool {
        let incoming = try root.making(Self.incoming)
        let draft = "\(name).\(getpid()).\(upload.descriptor).\(UInt64.random(in: .min ... .max))"
        let descriptor = openat(
            incoming.descriptor, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .lastOfSystem("store a file") }
        let copy = OpenFile(owning: descriptor)
        defer { unlinkat(incoming.descriptor, draft, 0) }
        var position: off_t = 0
        while true {
            let count = sendfile(copy.descriptor, upload.descriptor, &position, 1 << 20)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .lastOfSystem("store a file") }
            if count == 0 { break }
        }
        try copy.synchronize()
        if linkat(incoming.descriptor, draft, folder.descriptor, name, 0) == 0 { return true }
        guard errno == EEXIST else { throw .lastOfSystem("store a file") }
        return false
    }

    public func open(_ key: BlobKey, range: Range<Int64>?) async throws(BlobFailure) -> BlobBody {
        try await threads.runBlocking { () throws(BlobFailure) in
            guard let folder = try root.existing(key.tenant)?.existing(key.shard),
                let (file, size) = try folder.openFile(key.fileName)
            else { throw .missing }
            let range = try BlobBody.range(range, of: size)
            let chunks = FileChunks(file: file, range: range, threads: threads)
            return BlobBody(
                size: size, range: range, path: "\(path)/\(key.path)", chunks: BlobChunks(source: .file(chunks)))
        }
    }

    public func remove(_ key: BlobKey) async throws(BlobFailure) {
        try await threads.runBlocking { () throws(BlobFailure) in
            guard let folder = try root.existing(key.tenant)?.existing(key.shard) else { return }
            try folder.removeFile(key.fileName)
            try folder.synchronize()
        }
    }

    /// A page is one of the 256 folders; its cursor the folder's name.
    public func list(tenant: String, after cursor: String?) async throws(BlobFailure) -> BlobPage {
        guard BlobKey.isTenant(tenant) else { return BlobPage(entries: [], cursor: nil) }
        return try await threads.runBlocking { () throws(BlobFailure) in
            guard let folder = try root.existing(tenant) else { return BlobPage(entries: [], cursor: nil) }
            let shards = try folder.names().filter {
                $0 > cursor ?? "" && $0.utf8.count == 2 && $0.utf8.allSatisfy(BlobKey.isHexadecimal)
            }
            guard let shard = shards.first, let inside = try folder.existing(shard) else {
                return BlobPage(entries: [], cursor: nil)
            }
            var entries: [BlobPage.Entry] = []
            for name in try inside.names() {
                guard let key = BlobKey(tenant: tenant, fileName: name), key.shard == shard,
                    let status = try inside.openFile(name)?.file.status()
                else { continue }
                entries.append(BlobPage.Entry(key: key, size: status.size, modified: status.modified))
            }
            return BlobPage(entries: entries, cursor: shards.count > 1 ? shard : nil)
        }
    }

    public func removeLeftovers(before time: Int64) async throws(BlobFailure) {
        try await threads.runBlocking { () throws(BlobFailure) in
            guard let incoming = try root.existing(Self.incoming) else { return }
            for name in try incoming.names() {
                guard let status = try incoming.openFile(name)?.file.status(), status.modified < time else { continue }
                try incoming.removeFile(name)
            }
        }
    }
}

extension BlobBody {
    /// What of a wanted range there is.
    static func range(_ wanted: Range<Int64>?, of size: Int64) throws(BlobFailure) -> Range<Int64> {
        guard let wanted else { return 0..<size }
        guard wanted.lowerBound >= 0, wanted.lowerBound < size else { throw .outOfRange(size: size) }
        return wanted.lowerBound..<min(wanted.upperBound, size)
    }
}
