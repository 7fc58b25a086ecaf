internal import Foundation
internal import Operations

/// `DATA/run`: the lock that keeps a second `parley up` away, the status file, and, where paths are short enough, the
/// sockets. Private to the user.
final class RunFolder: Sendable {
    let data: String
    /// Where the ipc sockets go.
    let sockets: String
    private let isTemporary: Bool
    /// Held open for the lock's sake until the process ends.
    private let lock: Int32

    /// - Throws: `ProcessFailure` 74 where another `parley up` has the data, or the disk refuses.
    init(data: String, fanouts: Int) throws {
        self.data = data
        let folder = data + "/run"
        do {
            for path in [data, folder] {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw ProcessFailure(.inputOutput, "can't make \(folder): \(error.localizedDescription)")
        }
        lock = try Self.lock(folder + "/up.lock")
        isTemporary = !Layout.fits(folder, fanouts: fanouts)
        sockets = isTemporary ? try Self.temporaryFolder() : folder
    }

    func removeSockets() {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: sockets) else { return }
        for name in names where isTemporary || name.hasPrefix("router-") || name.hasPrefix("fanout-") {
            unlink(sockets + "/" + name)
        }
        if isTemporary { rmdir(sockets) }
    }

    private static func lock(_ path: String) throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ProcessFailure(.inputOutput, "can't open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var bytes = [UInt8](repeating: 0, count: 16)
            let count = max(pread(descriptor, &bytes, bytes.count, 0), 0)
            let holder = String(decoding: bytes.prefix(count), as: UTF8.self)
            close(descriptor)
            throw ProcessFailure(.inputOutput, "another 'parley up' (pid \(holder)) runs on this data")
        }
        ftruncate(descriptor, 0)
        let holder = Array("\(getpid())".utf8)
        pwrite(descriptor, holder, holder.count, 0)
        return descriptor
    }

    private static func temporaryFolder() throws -> String {
        var template = Array("/tmp/parley-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ProcessFailure(.inputOutput, "can't make a folder in /tmp: \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
