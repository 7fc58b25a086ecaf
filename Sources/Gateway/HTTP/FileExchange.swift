internal import Blobs
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Operations
internal import Wire

/// The requests that bring files and fetch them: their bodies last longer than others', and none is held as a whole.
struct FileExchange: Sendable {
    /// For what nobody wants of a body that is refused.
    static let drainTimeout: TimeAmount = .seconds(30)

    let uploads: UploadsRoute
    let resumable: ResumableRoute
    let files: FilesRoute

    /// Whether the path is one of these.
    static func takes(_ path: String) -> Bool {
        path == UploadsRoute.path || ResumableRoute.takes(path) || path.hasPrefix(FilesRoute.prefix)
    }

    /// Whole: when it returns, the answer is out or the connection is gone.
    func serve(
        _ request: HummingbirdCore.Request, _ writer: consuming ResponseWriter, _ channel: any Channel, _ loop: LoopPort
    ) async throws {
        if request.uri.path.hasPrefix(FilesRoute.prefix) {
            switch await files.open(request, loop) {
            case .answer(let answer): try await HTTPFront.send(answer, to: request, writer, channel)
            case .file(let status, let fields, let chunks, let seat):
                defer { withExtendedLifetime(seat) {} }
                try await send(status, fields, chunks, to: request, writer, channel)
            }
            return
        }
        let step =
            request.uri.path == UploadsRoute.path
            ? await uploads.begin(request, loop) : await resumable.begin(request, loop)
        let desk = uploads.desk
        var body = UploadBody(request, bytesPerSecondMin: desk.bytesPerSecondMin, clock: desk.context.clock)
        let expectsContinue = request.headers[.expect]?.lowercased() == "100-continue"
        switch step {
        case .answer(let answer):
            // Who waits for leave sends nothing after a no (RFC 9110 §10.1.1).
            try await send(answer, to: request, writer, channel, draining: expectsContinue ? nil : body)
        case .take(let taker):
            if expectsContinue { try await writer.writeInformationalHead(HTTPResponse(status: .continue)) }
            let watch = body.progress.watch(channel)
            let answer = await taker.take(&body)
            watch.cancel()
            try await send(answer, to: request, writer, channel, draining: body.isOver ? nil : body)
        }
    }

    private func send(
        _ answer: HTTPAnswer, to request: HummingbirdCore.Request, _ writer: consuming ResponseWriter,
        _ channel: any Channel, draining body: UploadBody?
    ) async throws {
        guard answer.closes, var body else { return try await HTTPFront.send(answer, to: request, writer, channel) }
        let deadline = channel.eventLoop.scheduleTask(in: Self.drainTimeout) { channel.close(promise: nil) }
        defer { deadline.cancel() }
        var fields = answer.fields
        fields[.connection] = "close"
        let head = HTTPResponse(status: answer.status, headerFields: fields)
        try await writer.write(response: head, body: ResponseBody(byteBuffer: answer.body))
        await body.drain()
        try await channel.close()
    }

    private func send(
        _ status: HTTPResponse.Status, _ fields: HTTPFields, _ chunks: BlobChunks, to request: HummingbirdCore.Request,
        _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        let head = HTTPResponse(status: status, headerFields: fields)
        if request.method == .head { return try await writer.writeResponse(head) }
        let watch = DownloadWatch()
        let task = watch.watch(channel)
        defer { task.cancel() }
        do {
            var body = try await writer.writeHead(head)
            let sent: @Sendable (Int) -> Void = { [metrics = files.metrics] bytes in
                watch.wrote()
                metrics.downloadedBytes.add(bytes)
            }
            if try await !sendPast(channel, chunks, sent) {
                for try await chunk in chunks {
                    try await body.write(chunk)
                    sent(chunk.readableBytes)
                }
            }
            try await body.finish(nil)
        } catch {
            // The length is promised already: a client sees that the end is missing.
            channel.close(promise: nil)
            throw error
        }
    }

    /// Straight from the disk's cache to the socket, past the channel, whose length is said and whose head is out.
    ///
    /// - Returns: false where that is not possible: over TLS, or where the file is elsewhere.
    private func sendPast(
        _ channel: any Channel, _ chunks: BlobChunks, _ sent: @escaping @Sendable (Int) -> Void
    ) async throws -> Bool {
        guard let part = chunks.part, !part.range.isEmpty else { return false }
        return try await LentSocket.send(part, over: channel, by: files.sender, sent: sent)
    }
}
