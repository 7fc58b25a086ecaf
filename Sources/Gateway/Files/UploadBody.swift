internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Synchronization

/// A request's body as it comes in, and no slower than it may.
struct UploadBody {
    enum Fault: Error, Equatable {
        /// The client went away, or said another length than it sent.
        case cut
        case tooSlow
    }

    /// Cuts the connection of a client that has closed its side before its body was whole: nobody tells the reader.
    final class Progress: Sendable {
        private static let interval: TimeAmount = .seconds(1)

        private let count = Atomic<Int>(0)
        private let seen = Atomic<Int>(-1)
        private let over = Atomic<Bool>(false)

        fileprivate func moved() { count.wrappingAdd(1, ordering: .relaxed) }
        fileprivate func end() { over.store(true, ordering: .relaxed) }

        /// - Returns: what is to be cancelled once the body has come.
        func watch(_ channel: any Channel) -> RepeatedTask {
            channel.eventLoop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { task in
                guard !self.over.load(ordering: .relaxed) else { return task.cancel() }
                let client = try? channel.pipeline.syncOperations.handler(type: ClientWatch.self)
                let now = self.count.load(ordering: .relaxed)
                // What was read before the end is still on its way to the reader.
                guard client?.isGone ?? true, self.seen.exchange(now, ordering: .relaxed) == now else { return }
                channel.close(promise: nil)
            }
        }
    }

    /// What a client has for its first bytes, and for a pause now and then.
    static let grace: Duration = .seconds(20)

    private var iterator: RequestBody.AsyncIterator
    private let declared: Int64?
    private let bytesPerSecondMin: Int64
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant
    private(set) var received: Int64 = 0
    let progress = Progress()
    private(set) var isOver = false { didSet { if isOver { progress.end() } } }

    init(
        _ request: HummingbirdCore.Request, bytesPerSecondMin: Int,
        clock: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        iterator = request.body.makeAsyncIterator()
        declared = request.headers[.contentLength].flatMap { Int64($0) }
        self.bytesPerSecondMin = Int64(bytesPerSecondMin)
        self.clock = clock
        start = clock()
    }

    /// Nil at the end, whole.
    mutating func next() async throws(Fault) -> ByteBuffer? {
        guard !isOver else { return nil }
        let chunk: ByteBuffer?
        do { chunk = try await iterator.next() } catch {
            isOver = true
            throw .cut
        }
        guard let chunk else {
            isOver = true
            if let declared, declared != received { throw .cut }
            return nil
        }
        received += Int64(chunk.readableBytes)
        progress.moved()
        let elapsed = clock() - start - Self.grace
        if elapsed > .zero, received < bytesPerSecondMin * elapsed.components.seconds { throw .tooSlow }
        return chunk
    }

    /// Reads what nobody wants, so that the client comes to read the answer: a browser shows no answer to what it could not
    /// send. A deadline of the connection ends it.
    mutating func drain() async {
        while !isOver {
            guard (try? await iterator.next()) ?? nil != nil else { break }
        }
        isOver = true
    }
}

/// What takes a body, once the request for it was let in.
protocol BodyTaker: Sendable {
    func take(_ body: inout UploadBody) async -> HTTPAnswer
}

/// One of `UploadSeats`, given back when nobody has it any longer.
final class UploadSeat: Sendable {
    private let giveBack: @Sendable () -> Void

    init(_ giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }

    deinit { giveBack() }
}

/// What becomes of a request before its body is read.
enum UploadStep {
    case answer(HTTPAnswer)
    case take(any BodyTaker)
}
