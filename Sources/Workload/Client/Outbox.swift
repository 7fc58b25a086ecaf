internal import DequeModule

/// Commands that wait for their replies, sent one after the other: a command that has to wait for its turn (a rate, a
/// router that is away) can't be overtaken by the next one.
struct Outbox {
    struct Entry: Equatable {
        let ref: String
        let bytes: [UInt8]
    }

    private var entries: Deque<Entry> = []
    /// The first entry is on its way on the present connection.
    private var isSent = false
    private(set) var retryAt: ContinuousClock.Instant?

    var count: Int { entries.count }

    mutating func add(_ entry: Entry) { entries.append(entry) }

    /// What to send now; nil while a reply is awaited or the time for it has not come.
    mutating func next(now: ContinuousClock.Instant) -> [UInt8]? {
        guard !isSent, let first = entries.first, retryAt.map({ $0 <= now }) ?? true else { return nil }
        isSent = true
        retryAt = nil
        return first.bytes
    }

    /// The connection has gone, and with it the reply: the same again, under the same id.
    mutating func disconnected() {
        isSent = false
        retryAt = nil
    }

    /// True where `ref` was the one awaited: it is done.
    mutating func answered(_ ref: String) -> Bool {
        guard isSent, entries.first?.ref == ref else { return false }
        entries.removeFirst()
        isSent = false
        return true
    }

    /// True where `ref` was the one awaited: it goes out again at `time`.
    mutating func postponed(_ ref: String, to time: ContinuousClock.Instant) -> Bool {
        guard isSent, entries.first?.ref == ref else { return false }
        isSent = false
        retryAt = time
        return true
    }
}
