import Seeded

extension SeededGenerator {
    /// Numbers of its own for a part of the world, so that what one part draws changes nothing for another.
    mutating func fork() -> SeededGenerator { SeededGenerator(seed: next()) }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    mutating func pick(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
}

extension RandomAccessCollection {
    func pick(_ random: inout SeededGenerator) -> Element? { randomElement(using: &random) }
}
