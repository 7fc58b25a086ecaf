internal import CArchive
internal import Glibc

/// A zip read entry by entry with libarchive, by its central directory: as programs that unpack it do.
final class ZipArchive {
    struct Entry {
        let name: [UInt8]
        let isFolder: Bool
        /// A regular file that is no link.
        let isFile: Bool
        let isEncrypted: Bool
    }

    enum Failure: Error { case malformed }

    private let archive: OpaquePointer
    /// What is read from memory lies here as long as libarchive needs it.
    private let memory: UnsafeMutableRawBufferPointer?

    convenience init(descriptor: Int32) throws(Failure) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .malformed }
        try self.init(memory: nil) { archive_read_open_fd($0, descriptor, 65_536) }
    }

    convenience init(bytes: [UInt8]) throws(Failure) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        memory.copyBytes(from: bytes)
        try self.init(memory: memory) { archive_read_open_memory($0, memory.baseAddress, memory.count) }
    }

    private init(memory: UnsafeMutableRawBufferPointer?, open: (OpaquePointer) -> Int32) throws(Failure) {
        self.memory = memory
        guard let archive = archive_read_new() else {
            memory?.deallocate()
            throw .malformed
        }
        self.archive = archive
        guard archive_read_support_format_zip_seekable(archive) == ARCHIVE_OK, open(archive) == ARCHIVE_OK else {
            throw .malformed
        }
    }

    deinit {
        archive_read_free(archive)
        memory?.deallocate()
    }

    /// Nil after the last.
    func next() throws(Failure) -> Entry? {
        var entry: OpaquePointer?
        let code = archive_read_next_header(archive, &entry)
        if code == ARCHIVE_EOF { return nil }
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry,
            let name = archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry)
        else { throw .malformed }
        let kind = archive_entry_filetype(entry)
        let isLink = archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil
        return Entry(
            name: Array(UnsafeRawBufferPointer(start: name, count: strlen(name))), isFolder: kind == S_IFDIR,
            isFile: kind == S_IFREG && !isLink, isEncrypted: archive_entry_is_encrypted(entry) != 0)
    }

    /// The next bytes of the entry; 0 at its end.
    func read(into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        let count = archive_read_data(archive, room.baseAddress, room.count)
        guard count >= 0 else { throw .malformed }
        return count
    }
}
