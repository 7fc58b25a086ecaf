/// Counts of durations: buckets of 1/64 of a power of two, so that a percentile is at most 1.6 % off, in fixed memory.
struct Histogram {
    private static let mantissaBits = 6
    private static let mantissa = 1 << mantissaBits
    private var counts = [UInt64](repeating: 0, count: (64 - mantissaBits + 1) * mantissa)
    private(set) var count: UInt64 = 0

    mutating func record(nanoseconds: UInt64) {
        counts[Self.bucket(of: nanoseconds)] += 1
        count += 1
    }

    /// The upper edge, in nanoseconds, of the bucket that holds the `fraction` (0…1) of all; 0 where there is nothing.
    func percentile(_ fraction: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((Double(count) * fraction).rounded(.up)))
        var seen: UInt64 = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            seen += count
            if seen >= rank { return Self.upperEdge(of: bucket) }
        }
        return Self.upperEdge(of: counts.count - 1)
    }

    private static func bucket(of value: UInt64) -> Int {
        guard value >= UInt64(mantissa) else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - mantissaBits
        return (shift + 1) * mantissa + Int(value >> UInt64(shift)) - mantissa
    }

    private static func upperEdge(of bucket: Int) -> UInt64 {
        guard bucket >= mantissa else { return UInt64(bucket) }
        let shift = UInt64(bucket / mantissa - 1)
        let base = UInt64(mantissa + bucket % mantissa)
        return (base << shift) + ((1 << shift) - 1)
    }
}
