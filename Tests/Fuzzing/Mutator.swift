internal import Seeded

/// Bytes changed at random, the same from the same seed: what `./test` does where the fuzzer that measures coverage
/// (`make fuzz`) would take too long to build.
public struct Mutator: RandomNumberGenerator, Sendable {
    private var random: SeededGenerator

    public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    public mutating func next() -> UInt64 { random.next() }

    /// Numbers at which lengths and signs go wrong.
    private static let hard: [UInt8] = [
        0, 1, 0x7E, 0x7F, 0x80, 0xFE, 0xFF, 0x22, 0x5C, 0x7B, 0x5B, 0x2E, 0x26, 0x25, 0x0D, 0x0A,
    ]

    /// One of the seeds with some bytes changed, put in, taken out, doubled, or another's behind it.
    public mutating func mutated(_ seeds: [[UInt8]]) -> [UInt8] {
        guard var bytes = seeds.randomElement(using: &self) else { return [] }
        for _ in 0..<Int.random(in: 1...6, using: &self) {
            let place = Int.random(in: 0...bytes.count, using: &self)
            let isInside = place < bytes.count
            switch Int.random(in: 0..<8, using: &self) {
            case 0 where isInside: bytes[place] = UInt8.random(in: .min ... .max, using: &self)
            case 1 where isInside: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 2: bytes.insert(Self.hard.randomElement(using: &self) ?? 0, at: place)
            case 3 where isInside: bytes.remove(at: place)
            case 4 where isInside: bytes[place] = Self.hard.randomElement(using: &self) ?? 0
            case 5 where isInside:
                let end = min(bytes.count, place + Int.random(in: 1...32, using: &self))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 6: bytes.removeSubrange(place...)
            default:
                let other = seeds.randomElement(using: &self) ?? []
                bytes = Array(bytes[..<place]) + other.dropFirst(Int.random(in: 0...other.count, using: &self))
            }
        }
        return bytes
    }
}
