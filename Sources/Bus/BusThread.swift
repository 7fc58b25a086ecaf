internal import CZeroMQ
internal import Dispatch
internal import Glibc
internal import Synchronization

/// One thread that owns all ZeroMQ sockets of a process and drives them by a `BusDriver`.
///
/// NIO can't watch a foreign descriptor, and libzmq's is edge-triggered: hence a thread. Others reach it through the
/// port alone.
public final class BusThread<Driver: BusDriver>: Sendable {
    private enum Life {
        case new
        case running(pthread_t)
        case ended
    }

    public let port: BusPort<Driver.Input>
    private let name: String
    private let tick: Duration
    private let make: @Sendable () throws -> Driver
    private let life = Mutex(Life.new)
    private let published: Published

    /// - Parameters:
    ///   - name: The thread's name for debuggers; the system keeps 15 bytes.
    ///   - inputsMax: What the port queues at most. A batch of more is never taken.
    ///   - tick: How often `BusDriver.ticked` comes.
    ///   - make: Called on the thread.
    public init(
        name: String, inputsMax: Int, tick: Duration, _ make: @escaping @Sendable () throws -> Driver
    ) {
        self.name = name
        self.tick = tick
        self.make = make
        published = Published()
        port = BusPort(inbox: Inbox(inputsMax: inputsMax))
    }

    deinit { stop() }

    /// Starts the thread and blocks, for milliseconds, until the driver has opened its sockets. Once only.
    ///
    /// - Throws: what `make` or `BusDriver.started` threw, or `BusFailure`; the thread is gone then.
    public func start() throws {
        try life.withLock { life in
            guard case .new = life else { throw BusFailure(operation: "start", reason: "was started before") }
            life = .ended
            guard port.inbox.descriptor >= 0 else { throw BusFailure.lastOfSystem("wake-up descriptor") }
            let opened = Opened()
            let thread = try Thread.spawn(name: name) { [inbox = port.inbox, tick, make, published] in
                do {
                    var loop = try BusLoop<Driver>(inbox: inbox, tick: tick, published: published, make)
                    opened.tell(nil)
                    loop.run()
                } catch {
                    inbox.shut()
                    opened.tell(error)
                }
            }
            if let error = opened.wait() {
                pthread_join(thread, nil)
                throw error
            }
            life = .running(thread)
        }
    }

    /// Takes no more inputs, handles those that it has, sends what is queued (for the sockets' linger at most), closes
    /// the sockets and waits until the thread has ended. May be called often and from any thread but the bus thread.
    public func stop() {
        life.withLock { life in
            port.inbox.shut()
            if case .running(let thread) = life { pthread_join(thread, nil) }
            life = .ended
        }
    }

    /// The same, without holding up the caller's thread.
    public func stopAsynchronously() async {
        await withCheckedContinuation { ended in
            DispatchQueue.global().async {
                self.stop()
                ended.resume()
            }
        }
    }

    /// The counters of the last tick; the input queue's are of this moment.
    public var snapshot: BusSnapshot {
        var snapshot = published.latest
        (snapshot.inputsWaiting, snapshot.inputsRefused) = port.inbox.depth
        return snapshot
    }
}

/// The newest counters, put here by the bus thread and read by any.
final class Published: Sendable {
    private let snapshot = Mutex(BusSnapshot())
    var latest: BusSnapshot { snapshot.withLock { $0 } }
    func put(_ new: BusSnapshot) { snapshot.withLock { $0 = new } }
}

/// Whether a new thread has opened its sockets, told once.
private final class Opened: Sendable {
    private let told = DispatchSemaphore(value: 0)
    private let error = Mutex<(any Error)?>(nil)

    func tell(_ outcome: (any Error)?) {
        error.withLock { $0 = outcome }
        told.signal()
    }

    func wait() -> (any Error)? {
        told.wait()
        return error.withLock { $0 }
    }
}

private enum Thread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func spawn(name: String, _ run: @escaping @Sendable () -> Void) throws(BusFailure) -> pthread_t {
        let body = Unmanaged.passRetained(
            Body {
                parley_name_thread(name)
                // A file mode mask of this thread's own, so that binding (`Endpoint.bind`) does not change the mode of
                // files that others create meanwhile. Where a sandbox forbids it, it does, for microseconds.
                _ = parley_own_file_mode_mask()
                run()
            })
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { raw in
                if let raw { Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw BusFailure(operation: "start a thread", reason: "error \(code)")
        }
        return thread
    }
}
