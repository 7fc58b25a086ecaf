/// The life of a bus thread: take inputs, take messages, tick, end the turn, wait.
struct BusLoop<Driver: BusDriver> {
    /// A turn is at most so many inputs and so many messages, 256 in all, so that neither keeps the other waiting and
    /// what a turn gathers fits one batch. 128 envelopes to a frame is where packing stopped paying (ARCHITECTURE.md).
    private static var inputsPerTurn: Int { 128 }
    private static var messagesPerTurn: Int { 128 }
    /// From one socket before the next has its go.
    private static var messagesInARow: Int { 16 }

    private let clock = ContinuousClock()
    private let inbox: Inbox<Driver.Input>
    private let tick: Duration
    private let published: Published
    private let sockets: BusSockets
    private var driver: Driver
    private var nextTick: ContinuousClock.Instant
    private var snapshot = BusSnapshot()
    private var batch: [Driver.Input] = []

    init(
        inbox: Inbox<Driver.Input>, tick: Duration, published: Published, _ make: () throws -> Driver
    ) throws {
        self.inbox = inbox
        self.tick = tick
        self.published = published
        driver = try make()
        sockets = try BusSockets(wakeUp: inbox.descriptor, now: clock.now)
        nextTick = sockets.now + tick
        do {
            try driver.started(sockets)
        } catch {
            sockets.end()
            throw error
        }
    }

    /// Until the port is shut and its queue is empty.
    mutating func run() {
        while true {
            sockets.now = clock.now
            let (inputs, hasMoreInputs, isClosed) = handleInputs()
            let (messages, hasMoreMessages) = receiveMessages()
            let isTick = sockets.now >= nextTick
            if isTick {
                sockets.ticked()
                driver.ticked(now: sockets.now, sockets)
                nextTick = sockets.now + tick
                publish()
            }
            let isWanted = sockets.wantedTurn.map { $0 <= sockets.now } ?? false
            if inputs + messages > 0 || isTick || isWanted {
                if isWanted { sockets.wantedTurn = nil }
                driver.turnEnded(sockets)
                snapshot.turns += 1
            }
            if isClosed && !hasMoreInputs { break }
            if !hasMoreInputs && !hasMoreMessages {
                sockets.wait(min(nextTick, sockets.wantedTurn ?? nextTick) - clock.now)
            }
        }
        driver.stopping(sockets)
        publish()
        sockets.end()
    }

    private mutating func handleInputs() -> (count: Int, hasMore: Bool, isClosed: Bool) {
        let (hasMore, isClosed) = inbox.take(max: Self.inputsPerTurn, into: &batch)
        for input in batch { driver.handle(input, sockets) }
        let count = batch.count
        batch.removeAll(keepingCapacity: true)
        snapshot.inputs += UInt64(count)
        return (count, hasMore, isClosed)
    }

    /// Round the sockets until all are drained or the turn is full. libzmq's descriptors tell of a change once, so
    /// nothing but «drained» lets the thread wait.
    private mutating func receiveMessages() -> (count: Int, hasMore: Bool) {
        var count = 0
        var isDrained = false
        while !isDrained {
            isDrained = true
            sockets.renewPollItemsIfStale()
            for socket in sockets.receiving {
                var inARow = 0
                while inARow < Self.messagesInARow, let message = sockets.receive(on: socket) {
                    inARow += 1
                    if socket == sockets.zapSocket {
                        sockets.answerZap(message)
                    } else {
                        driver.received(message, on: socket, sockets)
                    }
                }
                count += inARow
                if inARow == Self.messagesInARow { isDrained = false }
            }
            if count >= Self.messagesPerTurn { return (count, !isDrained) }
        }
        return (count, false)
    }

    private mutating func publish() {
        snapshot.sockets = sockets.counters
        published.put(snapshot)
    }
}
