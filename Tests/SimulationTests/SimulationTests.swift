import Foundation
import Testing
import Wire

/// Each run is one seed. With iteration orders that differ from process to process a seed gives another run each time:
/// `SWIFT_DETERMINISTIC_HASHING=1`, which ./test and `make sim` set, makes them the same.
@Suite(.serialized) struct SimulationTests {
    /// `PARLEY_SIM_SEED`: this one alone; `PARLEY_SIM_SECONDS`: new ones for so long; `PARLEY_SIM_TRACE`: where to write
    /// what happens.
    private static let environment = ProcessInfo.processInfo.environment
    static let isRepeatable = environment["SWIFT_DETERMINISTIC_HASHING"] != nil

    /// The long ones have found something.
    static let fixedSeeds: [UInt64] = [1, 2, 260_529_152, 220_082_510, 224_697_893, 434_392_638, 699_704_032]

    static func tenants(_ count: Int) async -> [World.Tenant] {
        var tenants: [World.Tenant] = []
        for name in ["acme", "bolt", "corp"].prefix(count) {
            guard let slug = TenantSlug(name) else { continue }
            var settings = TenantSettings()
            settings[.inFlightMax] = 16
            let key = TenantRecord.Key(id: "s", algorithm: .hs256, material: Crowd.secret)
            tenants.append(await World.Tenant(TenantRecord(tenant: slug, name: name, keys: [key], settings: settings)))
        }
        return tenants
    }

    /// Begins and ends within one thread, as the event loops want it.
    static func run(_ seed: UInt64, _ options: Simulation.Options, _ tenants: [World.Tenant]) throws
        -> Simulation.Result
    {
        try Simulation(seed: seed, options, tenants).run()
    }

    static func run(_ seed: UInt64, _ change: (inout Simulation.Options) -> Void = { _ in }) async throws
        -> Simulation.Result
    {
        var options = Simulation.Options()
        options.tracePath = environment["PARLEY_SIM_TRACE"]
        change(&options)
        return try run(seed, options, await tenants(options.tenants))
    }

    private func expectClean(_ result: Simulation.Result) {
        print(result)
        for finding in result.findings.prefix(20) { print("  \(finding)") }
        let first = result.findings.first.map { "\($0)" } ?? ""
        #expect(result.findings.isEmpty, "seed \(result.seed), again by `make sim seed=\(result.seed)`: \(first)")
        #expect(result.acknowledged > 50)
    }

    @Test func whatIsPromisedHoldsForFixedSeeds() async throws {
        if let seed = Self.environment["PARLEY_SIM_SEED"].flatMap(UInt64.init) {
            return expectClean(try await Self.run(seed))
        }
        for seed in Self.fixedSeeds { expectClean(try await Self.run(seed)) }
    }

    /// For `PARLEY_SIM_SECONDS`, by default for as long as ./test has time for.
    @Test func whatIsPromisedHoldsForNewSeeds() async throws {
        guard Self.environment["PARLEY_SIM_SEED"] == nil else { return }
        let seconds = Self.environment["PARLEY_SIM_SECONDS"].flatMap(Int.init) ?? 6
        let end = ContinuousClock.now + .seconds(seconds)
        var total = Total()
        repeat {
            let result = try await Self.run(UInt64.random(in: 1_000...999_999_999))
            expectClean(result)
            total.add(result)
        } while ContinuousClock.now < end
        print(total)
    }

    @Test(.enabled(if: isRepeatable)) func aSeedGivesTheSameRunAgain() async throws {
        let first = try await Self.run(7) { $0.seconds = 8 }
        let again = try await Self.run(7) { $0.seconds = 8 }
        #expect(first.hash == again.hash)
        #expect(first.description == again.description)
        #expect(try await Self.run(8) { $0.seconds = 8 }.hash != first.hash)
    }

    // MARK: Who checks the checker

    private func rules(_ seed: UInt64, _ change: (inout Simulation.Options) -> Void) async throws -> Set<Finding.Rule> {
        Set(try await Self.run(seed, change).findings.map(\.rule))
    }

    @Test func aDiskThatLiesIsFoundOutAndLeaksNothingToAnotherTenant() async throws {
        let rules = try await rules(21) { options in
            options.seconds = 5
            options.lies = true
            options.faults = [.routerPowerLost]
        }
        // Which of the two depends on what the power took: the newest transactions, or a part of the file beneath them.
        #expect(!rules.isDisjoint(with: [.acknowledgedMissing, .brokenFile]))
        #expect(!rules.contains(.acrossTenants))
    }

    @Test func anEventThatNeverComesIsFoundOut() async throws {
        let rules = try await rules(10) { options in
            options.seconds = 5
            options.faults = []
            options.losesEvents = true
        }
        #expect(rules.contains(.notDelivered))
        #expect(rules.isSubset(of: [.notDelivered, .notWellAgain]))
    }

    @Test func anAnswerThatNeverComesIsFoundOut() async throws {
        let rules = try await rules(11) { options in
            options.seconds = 5
            options.faults = []
            options.losesReplies = true
        }
        #expect(rules.contains(.unanswered))
        #expect(rules.isSubset(of: [.unanswered, .notWellAgain]))
    }
}

extension Simulation.Result: CustomStringConvertible {
    var description: String {
        "seed \(seed): \(acknowledged) acknowledged, \(deliveries) delivered, \(faults.values.reduce(0, +)) faults, "
            + "\(sectorsLost) sectors and \(messagesLost) messages lost, \(findings.count) findings, trace of \(steps) "
            + String(hash, radix: 16)
    }
}
