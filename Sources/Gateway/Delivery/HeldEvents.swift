internal import DequeModule
internal import Wire

/// The latest events of a tenant, kept while some connection is still catching up: it gets what is newer than what it
/// caught up to. One copy serves all of them; what does not fit is caught up on with another page.
struct HeldEvents {
    static let countMax = 4_096
    static let bytesMax = 8 << 20

    private var events: Deque<Envelope> = []
    private var bytes = 0
    /// The place of the first one kept, counted since the tenant had its first connection here.
    private var base = 0
    /// Of the durable events that are no longer here, the newest; and behind which place the last lost state event was.
    private var lastLost: UInt64 = 0
    private var lostStatesEnd = 0

    /// Where the next event goes: what a connection that begins to catch up now needs begins here.
    var end: Int { base + events.count }
    var count: Int { events.count }

    mutating func append(_ envelopes: [Envelope]) {
        for envelope in envelopes where envelope.durability != .ephemeral {
            events.append(envelope)
            bytes += envelope.json.count
        }
        while events.count > Self.countMax || bytes > Self.bytesMax, let first = events.popFirst() {
            bytes -= first.json.count
            base += 1
            lastLost = max(lastLost, first.offset)
            if first.durability == .state { lostStatesEnd = base }
        }
    }

    mutating func clear() {
        base = end
        events.removeAll()
        bytes = 0
        lastLost = 0
        lostStatesEnd = 0
    }

    /// What came from `start` on and is newer than `reached`; nil where some of it is no longer here.
    func events(from start: Int, after reached: UInt64) -> Deque<Envelope>.SubSequence? {
        if start < base, lastLost > reached || start < lostStatesEnd { return nil }
        let candidates = events[max(start - base, 0)...]
        // A state event before a durable one that the page holds is older than the page's own states.
        guard let last = candidates.lastIndex(where: { $0.offset > 0 && $0.offset <= reached }) else {
            return candidates
        }
        return candidates[(last + 1)...]
    }
}
