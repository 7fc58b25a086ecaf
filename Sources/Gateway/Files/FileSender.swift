internal import Blobs
internal import CEpoll
internal import Foundation
internal import Glibc
internal import Synchronization

/// Sends parts of files straight from the disk's cache to sockets (sendfile(2)), on threads of its own that may wait for a
/// disk: event loops must not, and a copy through this process would cost as much as all the rest. As many downloads at once
/// as there are sockets: a thread is at one of them only while its socket takes something.
final class FileSender: Sendable {
    enum Failure: Error, Equatable {
        /// The connection is gone.
        case cut
        /// The file ended before its size, or the disk failed.
        case file
    }

    /// So that one that waits for a slow disk does not keep the others.
    static let threads = 2
    /// What one download gets before it is the next one's turn.
    private static let bytesPerTurn: Int64 = 1_048_576
    /// Wakes the threads to their end.
    private static let endKey: UInt64 = 0

    private struct State {
        var sendings: [UInt64: Sending] = [:]
        var lastKey: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let ending = eventfd(0, Int32(EFD_CLOEXEC))
    private let finished = DispatchSemaphore(value: 0)

    init() {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = Self.endKey
        epoll_ctl(epoll, EPOLL_CTL_ADD, ending, &event)
        for _ in 0..<Self.threads {
            let thread = Thread { [self] in
                run()
                finished.signal()
            }
            thread.name = "file-sender"
            thread.start()
        }
    }

    deinit {
        close(epoll)
        close(ending)
    }

    /// Begins, and returns at once; `sending` says when it is over.
    func send(_ sending: Sending) {
        let key = state.withLock { state -> UInt64? in
            guard !state.isOver else { return nil }
            state.lastKey += 1
            state.sendings[state.lastKey] = sending
            return state.lastKey
        }
        guard let key else { return sending.end(.failure(.cut)) }
        guard !arm(sending, key, EPOLL_CTL_ADD) else { return }
        state.withLock { $0.sendings[key] = nil }
        sending.end(.failure(.cut))
    }

    /// Cuts what is being sent, and ends the threads; waits until they are at their end.
    func stop() {
        let left = state.withLock { state -> [Sending]? in
            guard !state.isOver else { return nil }
            state.isOver = true
            return Array(state.sendings.values)
        }
        guard let left else { return }
        for sending in left { sending.cut() }
        var one: UInt64 = 1
        write(ending, &one, MemoryLayout<UInt64>.size)
        for _ in 0..<Self.threads { finished.wait() }
        for sending in state.withLock({ state in Array(state.sendings.values) }) { sending.end(.failure(.cut)) }
        state.withLock { $0.sendings = [:] }
    }

    /// Has one thread look at the socket, once, when it takes something.
    private func arm(_ sending: Sending, _ key: UInt64, _ operation: Int32) -> Bool {
        var event = epoll_event()
        event.events = EPOLLOUT.rawValue | EPOLLONESHOT.rawValue
        event.data.u64 = key
        return epoll_ctl(epoll, operation, sending.socket.descriptor, &event) == 0
    }

    private func run() {
        ThreadPriority.lower()
        // A socket that is gone is an error here, not a signal.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var event = epoll_event()
        while true {
            // One at a time: the rest is the other threads', while this one waits for a disk.
            let count = epoll_wait(epoll, &event, 1, -1)
            guard count == 1 else {
                if count < 0, errno != EINTR { return }
                continue
            }
            let key = event.data.u64
            guard key != Self.endKey else { return }
            guard let sending = state.withLock({ $0.sendings[key] }) else { continue }
            let outcome = sending.turn(bytesMax: Self.bytesPerTurn)
            if outcome == .goesOn, arm(sending, key, EPOLL_CTL_MOD) { continue }
            epoll_ctl(epoll, EPOLL_CTL_DEL, sending.socket.descriptor, nil)
            state.withLock { $0.sendings[key] = nil }
            switch outcome {
            case .done: sending.end(.success(()))
            case .failed(let failure): sending.end(.failure(failure))
            case .goesOn: sending.end(.failure(.cut))
            }
        }
    }
}

/// A part of a file on its way to a socket.
final class Sending: Sendable {
    enum Outcome: Equatable {
        case goesOn
        case done
        case failed(FileSender.Failure)
    }

    private struct State {
        /// Of the next byte.
        var position: off_t
        var isOver = false
    }

    /// Not blocking. It is this one's own descriptor of the socket: closing the connection closes another one.
    let socket: OpenFile
    private let file: OpenFile
    private let end: off_t
    private let sent: @Sendable (Int) -> Void
    private let ended: @Sendable (Result<Void, FileSender.Failure>) -> Void
    private let state: Mutex<State>

    /// Both are told on a thread of the sender.
    ///
    /// - Parameters:
    ///   - sent: how much more has gone out.
    ///   - ended: once, when all is in the kernel's hands, or no more will be.
    init(
        _ part: FilePart, to socket: OpenFile, sent: @escaping @Sendable (Int) -> Void,
        ended: @escaping @Sendable (Result<Void, FileSender.Failure>) -> Void
    ) {
        self.socket = socket
        self.sent = sent
        self.ended = ended
        file = part.file
        end = off_t(part.range.upperBound)
        state = Mutex(State(position: off_t(part.range.lowerBound)))
    }

    /// Ends it, where it is still under way: both sides of the connection are closed.
    func cut() { shutdown(socket.descriptor, Int32(SHUT_RDWR)) }

    fileprivate func end(_ result: Result<Void, FileSender.Failure>) {
        let wasOver = state.withLock { state in
            defer { state.isOver = true }
            return state.isOver
        }
        if !wasOver { ended(result) }
    }

    /// As much as the socket takes, `bytesMax` at most. Only one thread at a time.
    fileprivate func turn(bytesMax: Int64) -> Outcome {
        var position = state.withLock { $0.position }
        let stop = min(end, position + off_t(bytesMax))
        var outcome: Outcome?
        let start = position
        while outcome == nil, position < stop {
            let count = sendfile(socket.descriptor, file.descriptor, &position, Int(stop - position))
            if count > 0 || count < 0 && errno == EINTR { continue }
            if count == 0 {
                outcome = .failed(.file)
            } else {
                switch errno {
                case EAGAIN: outcome = .goesOn
                case EPIPE, ECONNRESET, ETIMEDOUT, ENOTCONN: outcome = .failed(.cut)
                default: outcome = .failed(.file)
                }
            }
        }
        let reached = position
        state.withLock { $0.position = reached }
        if reached > start { sent(Int(reached - start)) }
        return outcome ?? (reached < end ? .goesOn : .done)
    }
}
