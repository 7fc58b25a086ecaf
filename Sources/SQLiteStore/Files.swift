public import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// One look-up on the primary key.
    public func upload(_ id: UploadID) throws -> StoredUpload? {
        try database.first(Self.uploadByID, [.id(id)]) { try $0.storedUpload() }
    }
    private static let uploadByID = "SELECT \(Columns.ofUpload) FROM upload WHERE id = ?"

    public func storageUse() throws -> StorageUse {
        try database.first("SELECT stored, reserved FROM storage_use") {
            StorageUse(storedBytes: $0.number(0), reservedBytes: $0.number(1))
        } ?? StorageUse()
    }

    public func unsentUploads(of user: UserID) throws -> UInt64 {
        let sql = "SELECT COUNT(*) FROM upload INDEXED BY upload_unsent WHERE uploader = ? AND expires_at IS NOT NULL"
        return try database.first(sql, [.user(user)]) { $0.number(0) } ?? 0
    }

    public func reservedBytes(of user: UserID) throws -> UInt64 {
        let sql = """
            SELECT COALESCE(SUM(reserved), 0) FROM upload INDEXED BY upload_unsent
            WHERE uploader = ? AND expires_at IS NOT NULL
            """
        return try database.first(sql, [.user(user)]) { $0.number(0) } ?? 0
    }

    public func expiredUploads(at now: Timestamp, limit: Int) throws -> [UploadID] {
        let sql = """
            SELECT id FROM upload INDEXED BY upload_expiring
            WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at, id LIMIT ?
            """
        return try database.all(sql, [.time(now), .count(limit)]) { try $0.id(0) }
    }

    public func isBeingRemoved(sha256: String) throws -> Bool {
        try database.has("SELECT 1 FROM content WHERE sha256 = ? AND state = 2", [.text(sha256)])
    }

    /// Whether contents wait to be removed, or were taken and may be gone.
    public func hasUnreferredContents() throws -> Bool {
        try database.has("SELECT 1 FROM content INDEXED BY content_leaving WHERE state > 0", [])
    }

    func nextUploadExpiry() throws -> Timestamp? {
        let sql = """
            SELECT expires_at FROM upload INDEXED BY upload_expiring
            WHERE expires_at IS NOT NULL ORDER BY expires_at LIMIT 1
            """
        return try database.first(sql) { $0.time(0) }
    }
}

// MARK: - Uploads

extension SQLiteTransaction {
    /// Reported are the newest; what an operator has not looked at by then tells nothing new.
    private static var refusedMax: UInt64 { 10_000 }

    func apply(_ change: FileChange) throws {
        switch change {
        case .upload(let upload): try apply(upload)
        case .forgotten(let id): try forget("id = ?", .id(id))
        case .refused(let refused, let user, let conversation, let at):
            try database.run(
                """
                INSERT INTO refused_upload (at, user, conversation, name, type, size, reason) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .time(at), .user(user), .id(conversation), .text(refused.name), .text(refused.type),
                    .number(refused.size), .text(refused.reason),
                ])
            try database.run(
                "DELETE FROM refused_upload WHERE id <= (SELECT MAX(id) FROM refused_upload) - ?",
                [.number(Self.refusedMax)])
        }
    }

    private func apply(_ upload: StoredUpload) throws {
        var values: [Bound] = [.id(upload.id), .user(upload.uploader), .id(upload.conversation)]
        var reserved: UInt64 = 0
        var file: StoredFile?
        switch upload.state {
        case .begun(let bytes):
            reserved = bytes
            values.append(.integer(0))
        case .sealed(let sealed):
            file = sealed
            values.append(.integer(1))
        case .finished(let finished):
            file = finished
            values.append(.integer(2))
        }
        let former = try database.first("SELECT reserved FROM upload WHERE id = ?", [.id(upload.id)]) { $0.number(0) }
        values += [
            .number(reserved), .time(upload.expiresAt), .text(file?.sha256), .text(file?.name), .text(file?.type),
        ]
        values += [file?.size, file?.thumbnailSize, file?.width, file?.height, file?.durationMs].map {
            $0.map { .number($0) } ?? .null
        }
        try database.run(Self.putUpload, values)
        try count(stored: 0, reserved: Int64(clamping: reserved) - Int64(clamping: former ?? 0))
        if case .sealed(let file) = upload.state { try keep(file) }
    }
    private static let putUpload = """
        INSERT OR REPLACE INTO upload (id, uploader, conversation, state, reserved, expires_at, sha256, name, type, size,
            thumbnail_size, width, height, duration_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// The content is there, or is about to be; one that was to be removed stays.
    private func keep(_ file: StoredFile) throws {
        let bytes = file.size + file.thumbnailSize
        let isNew = try database.run(
            "INSERT INTO content (sha256, bytes, state) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
            [.text(file.sha256), .number(bytes)])
        if isNew == 1 { return try count(stored: Int64(clamping: bytes), reserved: 0) }
        try database.run("UPDATE content SET state = 0 WHERE sha256 = ? AND state = 1", [.text(file.sha256)])
    }

    /// The message refers to its uploads from now on.
    func refer(_ message: Message) throws {
        for attachment in message.attachments {
            try database.run(
                "UPDATE upload SET message = ?, expires_at = NULL WHERE id = ?", [.id(message.id), .id(attachment.id)])
        }
    }

    /// The message refers to nothing any longer.
    func release(_ message: MessageID) throws { try forget("message = ?", .id(message)) }

    private func forget(_ condition: String, _ value: Bound) throws {
        let gone = try database.all("SELECT id, sha256, reserved FROM upload WHERE \(condition)", [value]) {
            (id: try $0.id(0, UploadID.self), sha256: $0.optionalText(1), reserved: $0.integer(2))
        }
        for upload in gone {
            try database.run("DELETE FROM upload WHERE id = ?", [.id(upload.id)])
            if upload.reserved > 0 { try count(stored: 0, reserved: -upload.reserved) }
            guard let sha256 = upload.sha256 else { continue }
            try database.run(Self.leaveUnreferred, [.text(sha256)])
        }
    }
    private static let leaveUnreferred = """
        UPDATE content SET state = 1
        WHERE sha256 = ?1 AND state = 0 AND NOT EXISTS (SELECT 1 FROM upload INDEXED BY upload_of WHERE sha256 = ?1)
        """

    private func count(stored: Int64, reserved: Int64) throws {
        guard stored != 0 || reserved != 0 else { return }
        try database.run(
            "UPDATE storage_use SET stored = stored + ?, reserved = reserved + ?",
            [.integer(stored), .integer(reserved)])
    }
}

// MARK: - Removing contents

extension SQLiteTransaction {
    /// Takes contents that nobody refers to, so that nobody may refer to them until they are removed.
    public func takeUnreferred(limit: Int) throws -> [String] {
        let taken = try database.all(
            "SELECT sha256 FROM content INDEXED BY content_leaving WHERE state > 0 AND state = 1 LIMIT ?",
            [.count(limit)]
        ) { $0.text(0) }
        for sha256 in taken {
            try database.run("UPDATE content SET state = 2 WHERE sha256 = ?", [.text(sha256)])
        }
        return taken
    }

    /// They are gone from the store.
    public func removed(_ contents: [String]) throws {
        for sha256 in contents {
            let key: [Bound] = [.text(sha256)]
            let bytes = try database.first("SELECT bytes FROM content WHERE sha256 = ? AND state = 2", key) {
                $0.integer(0)
            }
            guard let bytes else { continue }
            try database.run("DELETE FROM content WHERE sha256 = ?", key)
            try count(stored: -bytes, reserved: 0)
        }
    }

    /// What was taken and is not known to be gone is to be taken again.
    public func giveBackUnreferred() throws {
        try database.run("UPDATE content SET state = 1 WHERE state = 2", [])
    }
}

// MARK: - Columns

extension Bound {
    static func attachments(_ list: [Attachment]) -> Bound {
        guard !list.isEmpty else { return .null }
        var writer = BinaryWriter()
        writer.putList(list) { $1.write(to: &$0) }
        return .blob(writer.bytes)
    }
}

extension Columns {
    static let ofUpload = """
        id, uploader, conversation, state, reserved, expires_at, message, sha256, name, type, size, thumbnail_size, width,
        height, duration_ms
        """

    func storedUpload() throws -> StoredUpload {
        func optionalNumber(_ column: Int32) -> UInt64? { isNull(column) ? nil : number(column) }
        func file() -> StoredFile {
            StoredFile(
                name: text(8), type: text(9), size: number(10), sha256: text(7), thumbnailSize: number(11),
                width: optionalNumber(12), height: optionalNumber(13), durationMs: optionalNumber(14))
        }
        let state: StoredUpload.State
        switch integer(3) {
        case 0: state = .begun(reserved: number(4))
        case 1: state = .sealed(file())
        case 2: state = .finished(file())
        default: throw StoreFailure(.corrupt, "a state of an upload that is none")
        }
        return StoredUpload(
            id: try id(0), uploader: try user(1), conversation: try id(2), state: state, expiresAt: time(5),
            message: try optionalID(6))
    }

    func attachments(_ column: Int32) throws -> [Attachment] {
        guard !isNull(column) else { return [] }
        do {
            var reader = BinaryReader(blob(column))
            let list = try reader.list { (reader) throws(BinaryFault) in try Attachment(from: &reader) }
            try reader.finish()
            return list
        } catch {
            throw StoreFailure(.corrupt, "attachments that are none")
        }
    }
}
