public import Wire

extension UUIDBits {
    /// A UUID of version 7: the time first, so that a store's index grows at its end.
    ///
    /// - Source: RFC 9562 §5.7.
    public static func fresh(at now: Timestamp, using random: inout some RandomNumberGenerator) -> UUIDBits {
        let time = UInt64(clamping: now.milliseconds) & 0xFFFF_FFFF_FFFF
        let high = time << 16 | 0x7000 | UInt64.random(in: 0...0xFFF, using: &random)
        let low = 1 << 63 | UInt64.random(in: 0...(1 << 62 - 1), using: &random)
        return UUIDBits(high: high, low: low)
    }
}
