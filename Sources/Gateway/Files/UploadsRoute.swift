internal import HTTPTypes
internal import HummingbirdCore
internal import Inspect
internal import NIOCore
internal import Operations
internal import Wire

/// `POST /v1/uploads?conversation=…`: a file in one request (docs/protocol.md §6).
struct UploadsRoute: Sendable {
    static let path = "/v1/uploads"
    static let methods = "POST, OPTIONS"
    /// What the form around a file may take.
    private static let formBytesMax: UInt64 = 131_072

    let desk: UploadDesk
    let admission: RequestAdmission

    init(_ desk: UploadDesk) {
        self.desk = desk
        admission = RequestAdmission(context: desk.context)
    }

    func begin(_ request: HummingbirdCore.Request, _ loop: LoopPort) async -> UploadStep {
        switch request.method {
        case .options: return .answer(admission.preflight(request, methods: Self.methods))
        case .post: break
        default: return .answer(.wrongMethod(allowed: Self.methods))
        }
        switch await admission.admit(request, loop) {
        case .failure(let denied): return .answer(denied.answer)
        case .success(let admitted):
            let origin = request.headers[.origin]
            do throws(Refusal) {
                return .take(try await upload(request, admitted, origin, loop))
            } catch {
                return .answer(CrossOrigin.open(admission.refused(error, closes: true), to: origin))
            }
        }
    }

    private func upload(
        _ request: HummingbirdCore.Request, _ admitted: RequestAdmission.Admitted, _ origin: String?, _ loop: LoopPort
    ) async throws(Refusal) -> PlainUpload {
        let settings = admitted.entry.settings
        if let wait = admitted.account.charge(settings, now: desk.context.clock()) {
            throw .rateLimited(retryAfterMs: wait.wholeMilliseconds)
        }
        guard !desk.context.health.isDraining else { throw .unavailable(retryAfterMs: 1_000) }
        let query = FileQuery(request.uri.query)
        let conversation = try query.conversation()
        let actingAs = try query.actingAs(for: admitted.caller)
        let type = request.headers[.contentType]
        let form: MultipartReader?
        var name = request.headers[.contentDisposition].flatMap(ContentDisposition.fileName)
        if let type, MultipartReader.isMultipart(type) {
            form = MultipartReader(contentType: type)
            guard form != nil else { throw .badRequest("content-type") }
            name = nil
        } else {
            form = nil
            guard name != nil else { throw .badRequest("filename") }
        }
        let length = request.headers[.contentLength].flatMap { UInt64($0) }
        // A form takes a little more than its file, which may have the most that is allowed.
        if form != nil, let length, length > settings[.fileBytesMax] + Self.formBytesMax {
            throw Refusal(.tooLarge, field: "size")
        }
        let seat = try desk.seat(for: admitted.caller, actingAs)
        let id = UploadID.random()
        let grant = try await desk.begin(
            id, in: conversation, name: name ?? "",
            size: form == nil ? length : length.map { min($0, settings[.fileBytesMax]) }, admitted.caller, actingAs,
            loop)
        let policy = FilePolicy(settings)
        if let name {
            try await desk.check(
                name: name, type: type, size: length ?? 0, of: id, policy, admitted.caller, actingAs, loop)
        }
        return PlainUpload(
            desk: desk, admission: admission, seat: seat, id: id, grant: grant, policy: policy, caller: admitted.caller,
            actingAs: actingAs, name: name, type: form == nil ? type : nil, form: form, origin: origin, loop: loop)
    }
}

/// One upload that was let in and whose body comes now.
private struct PlainUpload: BodyTaker {
    let desk: UploadDesk
    let admission: RequestAdmission
    let seat: UploadSeat
    let id: UploadID
    let grant: UploadGrant
    let policy: FilePolicy
    let caller: Caller
    let actingAs: UserID?
    let name: String?
    let type: String?
    let form: MultipartReader?
    let origin: String?
    let loop: LoopPort

    func take(_ body: inout UploadBody) async -> HTTPAnswer {
        let answer: HTTPAnswer
        do {
            let arrived = try await receive(&body)
            let file = try await desk.complete(arrived, loop)
            answer = HTTPAnswer(.created, body: file.uploadJSON(id))
        } catch {
            let refusal = UploadDesk.refusal(for: error)
            if error is UploadBody.Fault { desk.metrics.cut.add() }
            // What was not accepted has been reported, and forgotten with that: this changes nothing then.
            await desk.cancel(id, caller, actingAs, loop)
            answer = admission.refused(refusal, closes: !body.isOver)
        }
        return CrossOrigin.open(answer, to: origin)
    }

    private func receive(_ body: inout UploadBody) async throws -> UploadDesk.Arrived {
        let path = desk.staging.content(of: id)
        let file = try await desk.run { try StagedFile(path, isNew: true) }
        let writer = StagedWriter(file, bytesMax: grant.bytesMax, threads: desk.threads)
        var form = form
        var name = name
        var type = type
        while let chunk = try await body.next() {
            desk.metrics.receivedBytes.add(chunk.readableBytes)
            guard var reader = form else {
                try await writer.add(chunk)
                continue
            }
            let pieces: [MultipartReader.Piece]
            do { pieces = try reader.feed(chunk) } catch { throw Refusal.badRequest("body") }
            form = reader
            for piece in pieces {
                switch piece {
                case .file(let fileName, let fileType):
                    (name, type) = (fileName, fileType)
                    try await desk.check(
                        name: fileName, type: fileType, size: 0, of: id, policy, caller, actingAs, loop)
                case .bytes(let bytes): try await writer.add(bytes)
                }
            }
        }
        if let form, !form.isComplete { throw Refusal.badRequest("body") }
        guard let name else { throw Refusal.badRequest("filename") }
        try await writer.finish()
        let sha256 = try await desk.run { file.sha256 }
        return UploadDesk.Arrived(
            id: id, path: path, name: name, type: type, sha256: sha256, caller: caller, actingAs: actingAs,
            policy: policy)
    }
}

extension UploadID {
    /// A random UUID, version 4.
    static func random() -> UploadID {
        var generator = SystemRandomNumberGenerator()
        let high = UInt64.random(in: .min ... .max, using: &generator) & ~0xF000 | 0x4000
        let low = UInt64.random(in: .min ... .max, using: &generator) & ~(3 << 62) | 2 << 62
        return UploadID(bits: UUIDBits(high: high, low: low))
    }
}
