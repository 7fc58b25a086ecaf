/// The same numbers for the same seed.
///
/// - Source: S. Vigna, SplitMix64, 2015.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Numbers of its own for a part of the world, so that what one part draws changes nothing for another.
    mutating func fork() -> SeededGenerator { SeededGenerator(seed: next()) }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    mutating func pick(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
}

extension RandomAccessCollection {
    func pick(_ random: inout SeededGenerator) -> Element? { randomElement(using: &random) }
}
