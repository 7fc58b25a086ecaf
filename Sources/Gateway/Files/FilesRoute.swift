internal import Blobs
internal import Crypto
internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Operations
internal import Synchronization
internal import Wire

/// `GET /v1/files/{id}`: a file, to whoever may read its message at this moment (docs/protocol.md §6).
struct FilesRoute: Sendable {
    static let prefix = "/v1/files/"
    static let methods = "GET, HEAD, OPTIONS"
    private static let thumbnailSuffix = "/thumbnail"
    private static let thumbnailType = "image/webp"
    /// Downloads at once: what waits for a client that takes it slowly lies in memory, a few pieces of 256 KiB each, over TLS or
    /// out of a bucket. A browser has 6 connections to a server.
    private static let downloadsMax = 1_024
    private static let downloadsPerUserMax = 32
    private static let busyRetryMs = 2_000

    enum Opened {
        case answer(HTTPAnswer)
        /// The seat is to be held for as long as the file is being sent.
        case file(HTTPResponse.Status, HTTPFields, BlobChunks, UploadSeat)
    }

    private struct Wanted {
        let id: UploadID
        let isThumbnail: Bool
        let query: FileQuery
    }

    let context: GatewayContext
    let metrics: FileMetrics
    let sender: FileSender
    private let store: any BlobStore
    private let admission: RequestAdmission
    private let seats = UploadSeats(max: downloadsMax, perUserMax: downloadsPerUserMax)

    init(_ desk: UploadDesk) {
        context = desk.context
        metrics = desk.metrics
        sender = desk.sender
        store = desk.store
        admission = RequestAdmission(context: desk.context)
    }

    func open(_ request: HummingbirdCore.Request, _ loop: LoopPort) async -> Opened {
        switch request.method {
        case .options: return .answer(admission.preflight(request, methods: Self.methods))
        case .get, .head: break
        default: return .answer(.wrongMethod(allowed: Self.methods))
        }
        guard let wanted = Self.wanted(request) else { return .answer(.unknownPath) }
        let origin = request.headers[.origin]
        let caller: Caller
        switch await admit(request, wanted, loop) {
        case .failure(let denied): return .answer(denied.answer)
        case .success(let success): caller = success
        }
        do {
            let actingAs = try wanted.query.actingAs()
            let asked = loop.perform { $0.request(.open(wanted.id), caller, actingAs) }
            switch try await asked.get() {
            case .file(let file): return try await answer(file, wanted, request, caller)
            case .refused(let refusal): throw refusal
            case .granted, .done: throw Refusal(.internal)
            }
        } catch {
            let refusal = error as? Refusal ?? .unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs)
            return .answer(CrossOrigin.open(admission.refused(refusal), to: origin))
        }
    }

    private static func wanted(_ request: HummingbirdCore.Request) -> Wanted? {
        var rest = request.uri.path.dropFirst(prefix.count)
        let query = FileQuery(request.uri.query)
        var isThumbnail = query["thumbnail"] == "1"
        if rest.hasSuffix(thumbnailSuffix) {
            rest = rest.dropLast(thumbnailSuffix.count)
            isThumbnail = true
        }
        return UploadID(String(rest)).map { Wanted(id: $0, isThumbnail: isThumbnail, query: query) }
    }

    // MARK: Who

    private func admit(
        _ request: HummingbirdCore.Request, _ wanted: Wanted, _ loop: LoopPort
    ) async -> Result<Caller, RequestAdmission.Denied> {
        let origin = request.headers[.origin]
        func denied(_ refusal: Refusal) -> Result<Caller, RequestAdmission.Denied> {
            .failure(RequestAdmission.Denied(answer: CrossOrigin.open(admission.refused(refusal), to: origin)))
        }
        let caller: Caller
        let settings: TenantSettings
        let account: Account
        if request.headers[.authorization] == nil, let signature = wanted.query["sig"] {
            guard let link = FileLink(file: wanted.id, signature: signature),
                let entry = context.directory[link.tenant],
                isProven(link, by: entry.record.linkKey), context.wallClock() < link.until
            else { return .failure(RequestAdmission.Denied(answer: admission.refused(.unauthenticated))) }
            guard context.admission.origins.allow(origin, for: entry) else {
                return .failure(RequestAdmission.Denied(answer: admission.refused(.forbidden)))
            }
            guard !entry.isSuspended(link.user) else { return denied(.forbidden) }
            caller = Caller(tenant: link.tenant, user: link.user, role: .user)
            settings = entry.settings
            account = context.accounts.account(of: link.user, in: link.tenant)
        } else {
            switch await admission.admit(request, loop) {
            case .failure(let denied): return .failure(denied)
            case .success(let admitted):
                caller = admitted.caller
                settings = admitted.entry.settings
                account = admitted.account
            }
        }
        if let wait = account.chargeFile(settings, now: context.clock()) {
            return denied(.rateLimited(retryAfterMs: wait.wholeMilliseconds))
        }
        return .success(caller)
    }

    private func isProven(_ link: FileLink, by key: [UInt8]) -> Bool {
        !key.isEmpty
            && HMAC<SHA256>.isValidAuthenticationCode(
                link.mac, authenticating: link.signedBytes, using: SymmetricKey(data: key))
    }

    // MARK: What

    private func answer(
        _ file: StoredFile, _ wanted: Wanted, _ request: HummingbirdCore.Request, _ caller: Caller
    ) async throws -> Opened {
        let tenant = caller.tenant
        let origin = request.headers[.origin]
        guard !wanted.isThumbnail || file.thumbnailSize > 0,
            let key = BlobKey(
                tenant: tenant.text, sha256: file.sha256, variant: wanted.isThumbnail ? .thumbnail : .original)
        else { throw Refusal.notFound }
        let size = Int64(clamping: wanted.isThumbnail ? file.thumbnailSize : file.size)
        let tag = wanted.isThumbnail ? "\"\(file.sha256)-t\"" : "\"\(file.sha256)\""
        var fields = Self.fields(
            type: wanted.isThumbnail ? Self.thumbnailType : file.type, name: file.name, tag: tag)
        if Self.matches(request.headers[.ifNoneMatch], tag) {
            return .answer(CrossOrigin.open(HTTPAnswer(.notModified, whole: fields), to: origin))
        }
        // Only a strong comparison lets a part be joined to what is there (RFC 9110 §13.1.5).
        let isFresh = request.headers[.ifRange].map { $0 == tag } ?? true
        var range = 0..<size
        let isInParts = request.method == .get && isFresh && !wanted.isThumbnail
        switch ByteRange(isInParts ? request.headers[.range] : nil, size: size) {
        case .whole: break
        case .part(let part):
            range = part
            fields[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
        case .unsatisfiable:
            fields[.contentRange] = "bytes */\(size)"
            return .answer(
                CrossOrigin.open(HTTPAnswer(.rangeNotSatisfiable, whole: fields), to: origin))
        }
        let isPart = fields[.contentRange] != nil
        if wanted.isThumbnail { fields[.acceptRanges] = "none" }
        guard seats.take(caller.user, in: tenant) else { throw Refusal.overloaded(retryAfterMs: Self.busyRetryMs) }
        let seat = UploadSeat { [seats] in seats.giveBack(caller.user, in: tenant) }
        metrics.downloads.add()
        let body: BlobBody
        do throws(BlobFailure) {
            body = try await store.open(key, range: size == 0 || wanted.isThumbnail ? nil : range)
        } catch {
            context.logger.error("file not readable", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
            throw error == .missing
                ? Refusal.notFound : Refusal.unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs)
        }
        // A content's own size is that of its hash; its thumbnail is that of whoever stored it first.
        fields[.contentLength] = "\(body.range.count)"
        return .file(isPart ? .partialContent : .ok, CrossOrigin.open(fields, to: origin), body.chunks, seat)
    }

    /// What a browser may do with it: show what it can show safely, and nothing in the name of this server.
    private static func fields(type: String, name: String, tag: String) -> HTTPFields {
        let isInline =
            type == "application/pdf" || ["image/", "audio/", "video/"].contains { type.hasPrefix($0) }
        var fields: HTTPFields = [
            .contentType: type, .eTag: tag, .acceptRanges: "bytes", .cacheControl: "private, no-cache",
            .contentDisposition: ContentDisposition.field(isInline: isInline, fileName: name),
            .xContentTypeOptions: "nosniff",
        ]
        // Chromium shows no PDF in a sandbox; its viewer runs apart from this origin, and needs styles.
        fields[.contentSecurityPolicy] =
            type == "application/pdf"
            ? "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'" : "sandbox; default-src 'none'"
        return fields
    }

    private static func matches(_ field: String?, _ tag: String) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { one in
            let one = one.filter { $0 != " " }
            return one == "*" || one == tag || one == "W/\(tag)"
        }
    }
}

/// Cuts a download whose client reads nothing: nobody else would notice.
final class DownloadWatch: Sendable {
    /// How long one piece may wait to be taken, twice at most.
    static let patience: TimeAmount = .seconds(20)

    private let written = Atomic<Int>(0)
    private let seen = Atomic<Int>(-1)

    func wrote() { written.wrappingAdd(1, ordering: .relaxed) }

    /// - Returns: what is to be cancelled when the download is over.
    func watch(_ channel: any Channel) -> RepeatedTask {
        channel.eventLoop.scheduleRepeatedTask(initialDelay: Self.patience, delay: Self.patience) { _ in
            let now = self.written.load(ordering: .relaxed)
            if self.seen.exchange(now, ordering: .relaxed) == now { channel.close(promise: nil) }
        }
    }
}
