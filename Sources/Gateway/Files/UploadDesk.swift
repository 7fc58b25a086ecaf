internal import Blobs
internal import Foundation
internal import Inspect
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Operations
internal import Wire

/// What all ways of uploading share: permission, the look at what came, and its way into the store.
struct UploadDesk: Sendable {
    /// What came over the wire, whole and in the staging folder.
    struct Arrived: Sendable {
        let id: UploadID
        let path: String
        /// As the sender gave it, cut to what a name may be.
        let name: String
        let type: String?
        /// Nil: still to be counted.
        let sha256: String?
        let caller: Caller
        let actingAs: UserID?
        let policy: FilePolicy
    }

    /// How often a router is asked again while it removes the same content, 250 ms apart.
    private static let sealsMax = 40
    static let fullRetryMs = 10_000
    private static let busyRetryMs = 2_000
    private static let scannerRetryMs = 30_000

    let context: GatewayContext
    let metrics: FileMetrics
    let staging: Staging
    let store: any BlobStore
    let inspector: Inspector
    let seats: UploadSeats
    /// For what waits for a disk.
    let threads: NIOThreadPool
    let sender: FileSender
    let bytesPerSecondMin: Int

    // MARK: Routers

    func ask(
        _ request: FileRequest, _ caller: Caller, _ actingAs: UserID?, _ loop: LoopPort
    ) async throws(Refusal) -> FileAnswer {
        do {
            let answer = try await loop.perform { $0.request(request, caller, actingAs) }.get()
            if case .refused(let refusal) = answer { throw refusal }
            return answer
        } catch {
            throw error as? Refusal ?? .unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs)
        }
    }

    func begin(
        _ id: UploadID, in conversation: ConversationID, name: String, size: UInt64?, _ caller: Caller,
        _ actingAs: UserID?, _ loop: LoopPort
    ) async throws(Refusal) -> UploadGrant {
        let begin = UploadBegin(id: id, conversation: conversation, name: FileName.clean(name), size: size)
        guard case .granted(let grant) = try await ask(.begin(begin), caller, actingAs, loop) else {
            throw Refusal(.internal)
        }
        metrics.begun.add()
        return grant
    }

    /// Nobody wants the upload any longer. What a router doesn't hear of it forgets by itself.
    func cancel(_ id: UploadID, _ caller: Caller, _ actingAs: UserID?, _ loop: LoopPort) async {
        await run { [staging] in staging.remove(id) }
        _ = try? await ask(.cancel(id), caller, actingAs, loop)
    }

    func seat(for caller: Caller, _ actingAs: UserID?) throws(Refusal) -> UploadSeat {
        let user = actingAs ?? caller.user
        guard seats.take(user, in: caller.tenant) else { throw .overloaded(retryAfterMs: Self.busyRetryMs) }
        metrics.underWay.add(1)
        return UploadSeat { [seats, metrics] in
            seats.giveBack(user, in: caller.tenant)
            metrics.underWay.add(-1)
        }
    }

    // MARK: Names

    /// Whether the name is one that may be uploaded; the report goes where it isn't.
    func check(
        name: String, type: String?, size: UInt64, of id: UploadID, _ policy: FilePolicy, _ caller: Caller,
        _ actingAs: UserID?, _ loop: LoopPort
    ) async throws(Refusal) {
        guard let reason = Inspector.refusal(name: name, policy: policy) else { return }
        throw await refused(reason, name: name, type: type, size: size, id, caller, actingAs, loop)
    }

    private func refused(
        _ reason: Verdict.Reason, name: String, type: String?, size: UInt64, _ id: UploadID, _ caller: Caller,
        _ actingAs: UserID?, _ loop: LoopPort
    ) async -> Refusal {
        metrics.refused(reason)
        context.logger.notice(
            "upload refused", metadata: ["tenant": "\(caller.tenant)", "reason": "\(reason.rawValue)"])
        let report = RefusedUpload(
            name: FileName.clean(name), type: String((type ?? "").unicodeScalars.prefix(100)), size: size,
            reason: reason.rawValue)
        _ = try? await ask(.refuse(id, report), caller, actingAs, loop)
        return Refusal(.unsupportedMedia, reason: reason.rawValue)
    }

    // MARK: What came

    /// Has the content looked at, stores it, and tells the router. The staged file is gone afterwards where that was done
    /// or refused for good; it stays where another try may help.
    func complete(_ arrived: Arrived, _ loop: LoopPort) async throws(Refusal) -> StoredFile {
        let sender = Sender(
            tenant: arrived.caller.tenant.text, user: (arrived.actingAs ?? arrived.caller.user).text)
        let verdict = await inspector.inspect(
            file: arrived.path, name: arrived.name, declaredType: arrived.type, policy: arrived.policy, of: sender)
        switch verdict {
        case .refused(let reason):
            let size = (try? await run { try StagedFile.sha256(of: arrived.path).size }) ?? 0
            await run { [staging] in staging.remove(arrived.id, keepsInformation: true) }
            throw await refused(
                reason, name: arrived.name, type: arrived.type, size: size, arrived.id, arrived.caller,
                arrived.actingAs, loop)
        case .unavailable(let reason):
            metrics.uninspected.add()
            switch reason {
            case .overloaded: throw .overloaded(retryAfterMs: Self.busyRetryMs)
            case .scannerDown: throw .unavailable(retryAfterMs: Self.scannerRetryMs)
            case .system: throw .unavailable(retryAfterMs: Self.fullRetryMs)
            }
        case .accepted(let accepted):
            let file = try await store(accepted, arrived, loop)
            await run { [staging] in staging.remove(arrived.id, keepsInformation: true) }
            metrics.finished.add()
            metrics.storedBytes.add(Int(clamping: file.size))
            return file
        }
    }

    private func store(
        _ accepted: Verdict.Accepted, _ arrived: Arrived, _ loop: LoopPort
    ) async throws(Refusal) -> StoredFile {
        let path = accepted.rewritten ?? arrived.path
        let file: StoredFile
        do {
            let known = accepted.rewritten == nil ? arrived.sha256 : nil
            file = try await run { try Self.describe(path, accepted, sha256: known) }
        } catch { throw .unavailable(retryAfterMs: Self.fullRetryMs) }
        try await seal(file, arrived, loop)
        do throws(BlobFailure) {
            try await put(file, .original, path, of: arrived.caller.tenant)
            if let thumbnail = accepted.thumbnail, file.thumbnailSize > 0 {
                try await put(file, .thumbnail, thumbnail, of: arrived.caller.tenant)
            }
        } catch {
            context.logger.error("upload not stored", metadata: ["error": "\(error)"])
            metrics.unstored.add()
            throw .unavailable(retryAfterMs: Self.fullRetryMs)
        }
        guard case .file(let stored) = try await ask(.finish(arrived.id), arrived.caller, arrived.actingAs, loop) else {
            throw Refusal(.internal)
        }
        return stored
    }

    private func put(
        _ file: StoredFile, _ variant: BlobKey.Variant, _ path: String, of tenant: TenantSlug
    ) async throws(BlobFailure) {
        guard let key = BlobKey(tenant: tenant.text, sha256: file.sha256, variant: variant) else { throw .missing }
        _ = try await store.put(key, file: path)
    }

    /// From then on nobody removes the content. A removal that is under way lets us in when it is over.
    private func seal(_ file: StoredFile, _ arrived: Arrived, _ loop: LoopPort) async throws(Refusal) {
        var triesLeft = Self.sealsMax
        while true {
            do throws(Refusal) {
                _ = try await ask(.seal(arrived.id, file), arrived.caller, arrived.actingAs, loop)
                return
            } catch {
                triesLeft -= 1
                guard error.code == .unavailable, triesLeft > 0 else { throw error }
                try? await Task.sleep(for: .milliseconds(error.retryAfterMs ?? 250))
            }
        }
    }

    private static func describe(
        _ path: String, _ accepted: Verdict.Accepted, sha256 known: String?
    ) throws -> StoredFile {
        func size(_ path: String) -> UInt64 {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (attributes?[.size] as? NSNumber)?.uint64Value ?? 0
        }
        let content = try known.map { ($0, size(path)) } ?? StagedFile.sha256(of: path)
        return StoredFile(
            name: accepted.name, type: accepted.type, size: content.1, sha256: content.0,
            thumbnailSize: accepted.thumbnail.map(size) ?? 0, width: accepted.width.map { UInt64(clamping: $0) },
            height: accepted.height.map { UInt64(clamping: $0) },
            durationMs: accepted.durationMs.map { UInt64(clamping: $0) })
    }

    // MARK: Threads

    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await threads.runIfActive(body)
    }

    /// What can't fail; it is not done any longer where the gateway ends.
    func run(_ body: @escaping @Sendable () -> Void) async { try? await threads.runIfActive(body) }

    /// What a failure of the staging folder is answered.
    static func refusal(for error: any Error) -> Refusal {
        switch error {
        case let refusal as Refusal: refusal
        case StagedFile.Failure.missing: .notFound
        case StagedFile.Failure.locked: .conflict
        case UploadBody.Fault.cut, UploadBody.Fault.tooSlow: .badRequest("body")
        default: .unavailable(retryAfterMs: fullRetryMs)
        }
    }
}

extension FilePolicy {
    init(_ settings: TenantSettings) {
        self.init()
        if let allowed = settings[.uploadAllow] { allowedExtensions = Set(allowed) }
        if let denied = settings[.uploadDeny] { deniedExtensions.formUnion(denied) }
        allowsMacros = settings[.uploadMacros] == 1
        allowsEncrypted = settings[.uploadEncrypted] == 1
        scannerDown = settings[.uploadUnscanned] == 1 ? .pass : .hold
    }
}
