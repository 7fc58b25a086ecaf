/// Which state events a user's polls have been answered with since the newest durable event that they know of. A guess
/// that saves answers, never one that loses an event: see `EventPoll`.
struct ToldStates: Equatable {
    /// A busy conversation moves some cursors a second, and a poll knows of a newer durable event soon.
    static let countMax = 1_024

    private var offset: UInt64 = 0
    private var hashes: Set<Int> = []

    func isNews(_ states: [[UInt8]], at offset: UInt64) -> Bool {
        guard offset == self.offset else { return true }
        // Once it is full nothing is known to be news, or each poll would be answered at once.
        return hashes.count < Self.countMax && states.contains { !hashes.contains(Self.hash($0)) }
    }

    mutating func tell(_ states: some Sequence<some Sequence<UInt8>>, at offset: UInt64) {
        guard offset >= self.offset else { return }
        if offset > self.offset {
            self.offset = offset
            hashes = []
        }
        for state in states where hashes.count < Self.countMax { hashes.insert(Self.hash(state)) }
    }

    private static func hash(_ bytes: some Sequence<UInt8>) -> Int {
        var hasher = Hasher()
        for byte in bytes { hasher.combine(byte) }
        return hasher.finalize()
    }
}
