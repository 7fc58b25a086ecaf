internal import Wire

extension Turn {
    /// The id of a new direct conversation whose creator chose none: a version 8 UUID (RFC 9562 §5.8) over the two
    /// people and the event that makes it. A repeat finds the conversation by its two people, so the id needs not be
    /// the same again; and since place and time are in it, nobody can take it beforehand with a group of their own.
    func directConversationID(between one: UserID, and other: UserID) -> ConversationID {
        let pair = [min(one, other), max(one, other)]
        func mixed(_ seed: UInt64) -> UInt64 {
            var hash = Mixer(seed: seed)
            for user in pair {
                hash.mix(user.text.utf8)
                // No user id has a zero byte: «a», «bc» and «ab», «c» differ.
                hash.mix(CollectionOfOne(0))
            }
            hash.mix(nextOffset)
            hash.mix(UInt64(bitPattern: at.milliseconds))
            return hash.finished
        }
        return ConversationID(
            bits: UUIDBits(
                high: mixed(1) & ~0xF000 | 0x8000,
                low: mixed(2) & ~(3 << 62) | 2 << 62))
    }
}

/// 64-bit FNV-1a (RFC 9923), its result spread over all bits by the finalizer of SplitMix64 (G. Steele et al., «Fast
/// splittable pseudorandom number generators», 2014). Not for secrets.
private struct Mixer {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init(seed: UInt64) { mix(seed) }

    mutating func mix(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    mutating func mix(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { mix(CollectionOfOne(UInt8(truncatingIfNeeded: number >> shift))) }
    }

    var finished: UInt64 {
        let first = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        let second = (first ^ (first >> 27)) &* 0x94D0_49BB_1331_11EB
        return second ^ (second >> 31)
    }
}
