internal import Foundation
internal import HTTPTypes
internal import HummingbirdCore
internal import Inspect
internal import NIOCore
internal import Operations
internal import Wire

/// `/v1/uploads/tus`: uploads in pieces that go on after a break, at any gateway: tus 1.0 with creation,
/// creation-with-upload, termination, checksum and expiration (https://tus.io/protocols/resumable-upload).
struct ResumableRoute: Sendable {
    static let path = "/v1/uploads/tus"
    static let methods = "POST, HEAD, PATCH, DELETE, OPTIONS"

    let desk: UploadDesk
    let admission: RequestAdmission

    init(_ desk: UploadDesk) {
        self.desk = desk
        admission = RequestAdmission(context: desk.context)
    }

    static func takes(_ path: String) -> Bool { path == Self.path || path.hasPrefix(Self.path + "/") }

    func begin(_ request: HummingbirdCore.Request, _ loop: LoopPort) async -> UploadStep {
        let origin = request.headers[.origin]
        if request.method == .options { return .answer(options(request)) }
        func done(_ answer: HTTPAnswer) -> UploadStep { .answer(CrossOrigin.open(answer.asTus, to: origin)) }
        let admitted: RequestAdmission.Admitted
        switch await admission.admit(request, loop) {
        case .failure(let denied): return .answer(denied.answer)
        case .success(let success): admitted = success
        }
        do throws(Refusal) {
            guard request.headers[.tusResumable] == TusFields.version else {
                var answer = HTTPAnswer(Refusal.badRequest("tus-resumable"), status: 412, closes: true)
                answer.fields[.tusVersion] = TusFields.version
                return done(answer)
            }
            let isCreation = request.uri.path == Self.path
            let (account, now) = (admitted.account, desk.context.clock())
            // An upload costs what any command does; its pieces come more often.
            let wait =
                isCreation
                ? account.charge(admitted.entry.settings, now: now)
                : account.chargeFile(admitted.entry.settings, now: now)
            if let wait {
                throw .rateLimited(retryAfterMs: wait.wholeMilliseconds)
            }
            let actingAs = try FileQuery(request.uri.query).actingAs(for: admitted.caller)
            let session = ResumableSession(
                desk: desk, admission: admission, caller: admitted.caller, actingAs: actingAs,
                settings: admitted.entry.settings, origin: origin, loop: loop)
            if isCreation {
                guard request.method == .post else { return done(.wrongMethod(allowed: "POST, OPTIONS")) }
                return try await session.create(request)
            }
            guard let id = UploadID(String(request.uri.path.dropFirst(Self.path.count + 1))) else { throw .notFound }
            switch request.method {
            case .head: return done(try await session.offset(of: id))
            case .patch: return try await session.patch(id, request)
            case .delete: return done(try await session.terminate(id))
            default: return done(.wrongMethod(allowed: "HEAD, PATCH, DELETE, OPTIONS"))
            }
        } catch {
            return done(admission.refused(error, closes: true))
        }
    }

    /// What a tus client asks before anything; a browser's preflight comes the same way.
    private func options(_ request: HummingbirdCore.Request) -> HTTPAnswer {
        var answer = admission.preflight(request, methods: Self.methods)
        answer.fields[.tusVersion] = TusFields.version
        answer.fields[.tusExtension] = TusFields.extensions
        answer.fields[.tusChecksumAlgorithm] = TusChecksum.Algorithm.allCases.map(\.rawValue).joined(separator: ",")
        return answer.asTus
    }
}

/// The requests of one person about uploads in pieces.
struct ResumableSession: Sendable {
    let desk: UploadDesk
    let admission: RequestAdmission
    let caller: Caller
    let actingAs: UserID?
    let settings: TenantSettings
    let origin: String?
    let loop: LoopPort

    private var user: UserID { actingAs ?? caller.user }
    var policy: FilePolicy { FilePolicy(settings) }

    // MARK: Creation

    func create(_ request: HummingbirdCore.Request) async throws(Refusal) -> UploadStep {
        guard !desk.context.health.isDraining else { throw .unavailable(retryAfterMs: 1_000) }
        let metadata = try TusMetadata(request.headers[.uploadMetadata] ?? "")
        guard let length = request.headers[.uploadLength].flatMap({ Int64($0) }), length >= 0 else {
            throw .badRequest("upload-length")
        }
        guard let conversation = metadata["conversation"].flatMap({ ConversationID($0) }) else {
            throw .badRequest("conversation")
        }
        guard let name = metadata["filename"], !name.isEmpty else { throw .badRequest("filename") }
        let seat = try desk.seat(for: caller, actingAs)
        let id = UploadID.random()
        let grant = try await desk.begin(
            id, in: conversation, name: name, size: UInt64(length), caller, actingAs, loop)
        try await desk.check(
            name: name, type: metadata["filetype"], size: UInt64(length), of: id, policy, caller, actingAs, loop)
        let upload = ResumableUpload(
            tenant: caller.tenant.text, user: user.text, name: name, type: metadata["filetype"], length: length,
            expiresAtMs: grant.expiresAt.milliseconds)
        do {
            try await desk.run { [staging = desk.staging] in
                _ = try StagedFile(staging.content(of: id), isNew: true)
                try staging.save(upload, as: id)
            }
        } catch {
            await desk.cancel(id, caller, actingAs, loop)
            throw UploadDesk.refusal(for: error)
        }
        var answer = HTTPAnswer(.created)
        answer.fields[.location] = "\(ResumableRoute.path)/\(id)\(actingAs.map { "?as=\($0)" } ?? "")"
        answer.fields[.uploadExpires] = TusFields.date(milliseconds: upload.expiresAtMs)
        guard request.headers[.contentType] == TusFields.contentType else {
            return .answer(CrossOrigin.open(answer.asTus, to: origin))
        }
        return .take(
            ResumablePiece(
                session: self, seat: seat, id: id, upload: upload, offset: 0,
                checksum: try TusChecksum(request.headers[.uploadChecksum]), created: answer))
    }

    // MARK: What there is

    /// - Throws: `not_found` for everybody else's too.
    private func known(_ id: UploadID) async throws(Refusal) -> ResumableUpload {
        let found: ResumableUpload?
        do { found = try await desk.run { [staging = desk.staging] in staging.resumable(id) } } catch {
            throw .unavailable(retryAfterMs: 1_000)
        }
        guard let found, found.tenant == caller.tenant.text, found.user == user.text,
            found.expiresAtMs > desk.context.wallClock().milliseconds
        else { throw .notFound }
        return found
    }

    func offset(of id: UploadID) async throws(Refusal) -> HTTPAnswer {
        let upload = try await known(id)
        if let outcome = upload.outcome { return answer(outcome, upload, id, status: .ok) }
        let size: Int64
        do { size = try await desk.run { [staging = desk.staging] in try staging.confirmedSize(of: id) } } catch {
            throw UploadDesk.refusal(for: error)
        }
        var answer = HTTPAnswer(.ok)
        answer.fields[.uploadOffset] = "\(size)"
        answer.fields[.uploadLength] = "\(upload.length)"
        answer.fields[.uploadExpires] = TusFields.date(milliseconds: upload.expiresAtMs)
        return answer
    }

    func terminate(_ id: UploadID) async throws(Refusal) -> HTTPAnswer {
        let upload = try await known(id)
        guard upload.outcome == nil else {
            await desk.run { [staging = desk.staging] in staging.remove(id) }
            return HTTPAnswer(.noContent, whole: [:])
        }
        // Nobody else may be at it: what they write would stay.
        do {
            let file = try await desk.run { [staging = desk.staging] in
                try StagedFile(staging.content(of: id), isNew: false)
            }
            await desk.cancel(id, caller, actingAs, loop)
            withExtendedLifetime(file) {}
        } catch { throw UploadDesk.refusal(for: error) }
        return HTTPAnswer(.noContent, whole: [:])
    }

    /// How it ended, as often as it is asked.
    func answer(
        _ outcome: ResumableUpload.Outcome, _ upload: ResumableUpload, _ id: UploadID, status: HTTPResponse.Status
    ) -> HTTPAnswer {
        switch outcome {
        case .finished(let json):
            var fields: HTTPFields = [
                .uploadOffset: "\(upload.length)", .uploadLength: "\(upload.length)", .uploadID: "\(id)",
                .uploadResult: Data(json.utf8).base64EncodedString(), .cacheControl: "no-store",
            ]
            fields[.uploadExpires] = TusFields.date(milliseconds: upload.expiresAtMs)
            return HTTPAnswer(status, whole: fields)
        case .refused(let code, let reason):
            return admission.refused(Refusal(Refusal.Code(rawValue: code) ?? .unsupportedMedia, reason: reason))
        }
    }

    // MARK: Pieces

    func patch(_ id: UploadID, _ request: HummingbirdCore.Request) async throws(Refusal) -> UploadStep {
        guard request.headers[.contentType] == TusFields.contentType else {
            throw Refusal(.unsupportedMedia, field: "content-type")
        }
        guard let offset = request.headers[.uploadOffset].flatMap({ Int64($0) }), offset >= 0 else {
            throw .badRequest("upload-offset")
        }
        let checksum = try TusChecksum(request.headers[.uploadChecksum])
        let upload = try await known(id)
        if let outcome = upload.outcome {
            guard offset == upload.length else { throw .conflict }
            return .answer(CrossOrigin.open(answer(outcome, upload, id, status: .noContent).asTus, to: origin))
        }
        let seat = try desk.seat(for: caller, actingAs)
        return .take(
            ResumablePiece(
                session: self, seat: seat, id: id, upload: upload, offset: offset, checksum: checksum, created: nil))
    }
}

/// One piece that was let in and comes now.
struct ResumablePiece: BodyTaker {
    let session: ResumableSession
    let seat: UploadSeat
    let id: UploadID
    let upload: ResumableUpload
    let offset: Int64
    let checksum: TusChecksum?
    /// What is answered, where the upload was created by the same request.
    let created: HTTPAnswer?

    private var desk: UploadDesk { session.desk }

    func take(_ body: inout UploadBody) async -> HTTPAnswer {
        var answer: HTTPAnswer
        do {
            answer = try await receive(&body)
        } catch {
            if error is UploadBody.Fault { desk.metrics.cut.add() }
            answer = failure(error, isRead: body.isOver)
        }
        return CrossOrigin.open(answer.asTus, to: session.origin)
    }

    private func failure(_ error: any Error, isRead: Bool) -> HTTPAnswer {
        switch error {
        case TusChecksum.Mismatch.differs:
            HTTPAnswer(Refusal.badRequest("upload-checksum"), status: 460, closes: !isRead)
        case StagedFile.Failure.locked: HTTPAnswer(Refusal.conflict, status: 423, closes: !isRead)
        default: session.admission.refused(UploadDesk.refusal(for: error), closes: !isRead)
        }
    }

    private func receive(_ body: inout UploadBody) async throws -> HTTPAnswer {
        let desk = desk
        let (id, offset, length) = (id, offset, upload.length)
        let isChecked = checksum != nil
        let file = try await desk.run {
            let file = try desk.staging.reopen(id)
            guard file.size == offset else { throw Refusal(.conflict, field: "upload-offset") }
            if isChecked { try desk.staging.setMark(of: id, at: offset) }
            return file
        }
        let writer = StagedWriter(file, bytesMax: UInt64(length), threads: desk.threads)
        var checksum = checksum
        do {
            while let chunk = try await body.next() {
                desk.metrics.receivedBytes.add(chunk.readableBytes)
                try await writer.add(chunk)
                checksum?.update(chunk)
            }
            try await writer.finish()
            try checksum?.confirm()
        } catch {
            await writer.settle()
            // Without a checksum what came stays: the client goes on behind it.
            if isChecked || error is Refusal { try? await desk.run { try file.truncate(to: offset) } }
            if isChecked { await desk.run { desk.staging.clearMark(of: id) } }
            throw error
        }
        if isChecked { await desk.run { desk.staging.clearMark(of: id) } }
        let size = file.size
        guard size == length else {
            var answer = created ?? HTTPAnswer(.noContent, whole: [.cacheControl: "no-store"])
            answer.fields[.uploadOffset] = "\(size)"
            answer.fields[.uploadExpires] = TusFields.date(milliseconds: upload.expiresAtMs)
            return answer
        }
        return try await complete(file)
    }

    /// The last byte is there. Asked for again by an empty piece at the end, where it did not come to its end before.
    private func complete(_ file: StagedFile) async throws -> HTTPAnswer {
        let desk = desk
        let (id, caller) = (id, session.caller)
        // Locked until it is in the store.
        defer { withExtendedLifetime(file) {} }
        let sha256 = try await desk.run { file.sha256 }
        let arrived = UploadDesk.Arrived(
            id: id, path: file.path, name: upload.name, type: upload.type, sha256: sha256, caller: caller,
            actingAs: session.actingAs, policy: session.policy)
        let outcome: ResumableUpload.Outcome
        do throws(Refusal) {
            let stored = try await desk.complete(arrived, session.loop)
            outcome = .finished(json: String(decoding: stored.uploadJSON(id), as: UTF8.self))
        } catch {
            // Anything else may go better the next time.
            guard [.unsupportedMedia, .notFound, .blocked, .tooLarge].contains(error.code) else { throw error }
            outcome = .refused(code: error.code.rawValue, reason: error.reason)
            await desk.run { desk.staging.remove(id, keepsInformation: true) }
            if error.reason == nil { _ = try? await desk.ask(.cancel(id), caller, session.actingAs, session.loop) }
        }
        let ended = upload.ended(outcome, now: desk.context.wallClock().milliseconds)
        try await desk.run { try desk.staging.save(ended, as: id) }
        var answer = session.answer(outcome, ended, id, status: created == nil ? .noContent : .created)
        if let created, case .finished = outcome {
            answer.fields[.location] = created.fields[.location]
        }
        return answer
    }
}
