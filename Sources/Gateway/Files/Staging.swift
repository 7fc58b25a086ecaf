internal import Foundation
internal import Glibc
internal import Wire

/// The folder where uploads grow, which all gateways of one system share. Every method blocks.
struct Staging: Sendable {
    /// What nobody is at any longer goes after so long: who was killed may come again within it.
    static let leftoverSeconds: Int64 = 600

    let folder: String

    /// - Throws: `StagedFile.Failure` where the folder can't be made.
    init(_ folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func content(of id: UploadID) -> String { "\(folder)/\(id).part" }
    func information(of id: UploadID) -> String { "\(folder)/\(id).json" }
    /// Where the bytes began that a checksum has not confirmed yet.
    func mark(of id: UploadID) -> String { "\(folder)/\(id).mark" }

    /// Removes everything of an upload, `keepsInformation`: but for how it ended.
    func remove(_ id: UploadID, keepsInformation: Bool = false) {
        let content = content(of: id)
        for path in [content, content + ".rewritten", content + ".thumbnail", mark(of: id)] { unlink(path) }
        if !keepsInformation { unlink(information(of: id)) }
    }

    /// The upload's content, to be added to. What a checksum did not confirm is cut off.
    func reopen(_ id: UploadID) throws -> StagedFile {
        let file = try StagedFile(content(of: id), isNew: false)
        if let size = markedSize(of: id) {
            if size < file.size { try file.truncate(to: size) }
            clearMark(of: id)
        }
        return file
    }

    /// How much has come that stays.
    func confirmedSize(of id: UploadID) throws(StagedFile.Failure) -> Int64 {
        var status = stat()
        guard stat(content(of: id), &status) == 0 else { throw StagedFile.failure() }
        return min(markedSize(of: id) ?? .max, Int64(status.st_size))
    }

    func setMark(of id: UploadID, at size: Int64) throws(StagedFile.Failure) {
        guard FileManager.default.createFile(atPath: mark(of: id), contents: Data("\(size)".utf8)) else {
            throw StagedFile.failure()
        }
    }

    func clearMark(of id: UploadID) { unlink(mark(of: id)) }

    private func markedSize(of id: UploadID) -> Int64? {
        FileManager.default.contents(atPath: mark(of: id)).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
    }

    /// The resumable upload; nil where there is none.
    func resumable(_ id: UploadID) -> ResumableUpload? {
        guard let bytes = FileManager.default.contents(atPath: information(of: id)) else { return nil }
        return try? JSONDecoder().decode(ResumableUpload.self, from: bytes)
    }

    /// Whole or not at all.
    func save(_ upload: ResumableUpload, as id: UploadID) throws(StagedFile.Failure) {
        let path = information(of: id)
        guard let bytes = try? JSONEncoder().encode(upload) else { throw .system(EINVAL) }
        let draft = path + ".draft"
        // Which the sweep goes by: it would have to read each of them otherwise.
        let expiry = Date(timeIntervalSince1970: Double(upload.expiresAtMs / 1_000))
        guard
            FileManager.default.createFile(
                atPath: draft, contents: bytes, attributes: [.posixPermissions: 0o600, .modificationDate: expiry])
        else { throw StagedFile.failure() }
        guard rename(draft, path) == 0 else {
            let failure = StagedFile.failure()
            unlink(draft)
            throw failure
        }
    }

    /// Removes the resumable uploads whose time is over, and what a gateway that was killed has left.
    ///
    /// - Parameter now: milliseconds since 1970.
    func sweep(now: Int64) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var resumable: Set<String> = []
        for name in names where name.hasSuffix(".json") {
            let stem = String(name.dropLast(5))
            guard let id = UploadID(stem) else { continue }
            var status = stat()
            let isKept = stat(information(of: id), &status) == 0 && Int64(status.st_mtim.tv_sec) * 1_000 > now
            if isKept || (self.resumable(id).map { $0.expiresAtMs > now } ?? false) {
                resumable.insert(stem)
            } else if !isInUse(content(of: id)) {
                remove(id)
            }
        }
        for name in names where !name.hasSuffix(".json") {
            let stem = String(name.prefix { $0 != "." })
            let path = "\(folder)/\(name)"
            var status = stat()
            guard !resumable.contains(stem), stat(path, &status) == 0,
                Int64(status.st_mtim.tv_sec) + Self.leftoverSeconds < now / 1_000, !isInUse(path)
            else { continue }
            unlink(path)
        }
    }

    private func isInUse(_ path: String) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }
}

/// What any gateway has to know of an upload that comes in pieces.
struct ResumableUpload: Codable, Equatable, Sendable {
    /// How it ended.
    enum Outcome: Codable, Equatable, Sendable {
        /// The upload's JSON, as a plain upload is answered.
        case finished(json: String)
        case refused(code: String, reason: String?)
    }

    let tenant: String
    let user: String
    let name: String
    let type: String?
    /// In bytes.
    let length: Int64
    private(set) var expiresAtMs: Int64
    private(set) var outcome: Outcome?

    /// How long an outcome can be asked for by who has missed the answer.
    static let outcomeMs: Int64 = 3_600_000

    /// - Parameter now: milliseconds since 1970.
    func ended(_ outcome: Outcome, now: Int64) -> ResumableUpload {
        var upload = self
        upload.outcome = outcome
        upload.expiresAtMs = min(expiresAtMs, now + Self.outcomeMs)
        return upload
    }
}
