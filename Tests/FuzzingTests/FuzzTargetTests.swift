import Foundation
import Fuzzing
import Testing

/// Every parser of bytes from outside, with what nobody would send.
@Suite struct FuzzTargetTests {
    /// Some seconds in all on a busy machine, debug build. `PARLEY_FUZZ_ROUNDS` has more.
    static let rounds = ProcessInfo.processInfo.environment["PARLEY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 3_000
    static let seed = ProcessInfo.processInfo.environment["PARLEY_FUZZ_SEED"].flatMap { UInt64($0) } ?? 2_026

    @Test(arguments: FuzzTarget.allCases) func itsSeedsAreSoundAndSomeAreTaken(target: FuzzTarget) {
        let findings = target.seeds.map(target.run)
        #expect(findings.contains(.taken))
        for (seed, finding) in zip(target.seeds, findings) {
            if case .unsound(let why) = finding { Issue.record("\(why): \(String(decoding: seed, as: UTF8.self))") }
        }
    }

    @Test(arguments: FuzzTarget.allCases) func whateverComesIsTakenOrRefused(target: FuzzTarget) {
        var mutator = Mutator(seed: Self.seed)
        let seeds = target.seeds
        var refused = 0
        for round in 0..<Self.rounds {
            let bytes = mutator.mutated(seeds)
            switch target.run(bytes) {
            case .taken: break
            case .refused: refused += 1
            case .unsound(let why):
                Issue.record("round \(round), seed \(Self.seed): \(why): \(Data(bytes).base64EncodedString())")
            }
        }
        // Otherwise nothing has been broken at all.
        #expect(refused > 0)
    }

    @Test(arguments: FuzzTarget.allCases) func whatWasFoundOnceStaysFound(target: FuzzTarget) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/fuzz/\(target.rawValue)").standardizedFileURL
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let finding = target.run(Array(try Data(contentsOf: file)))
            if case .unsound(let why) = finding { Issue.record("\(file.lastPathComponent): \(why)") }
        }
    }

    @Test func theSameSeedGivesTheSameBytes() {
        var one = Mutator(seed: 5)
        var other = Mutator(seed: 5)
        for _ in 0..<50 { #expect(one.mutated([[1, 2, 3], [9]]) == other.mutated([[1, 2, 3], [9]])) }
    }
}
