import Bus
import Foundation
import Logging
import Operations
import Synchronization
import Testing

@testable import Fanout

@Suite(.timeLimit(.minutes(2))) struct FanoutProcessTests {
    static let endpoints = [
        "router-events": ["ipc:///tmp/e"], "router-replay": ["ipc:///tmp/r"], "events": ["ipc:///tmp/fe"],
        "replay": ["ipc:///tmp/fr"],
    ]

    func process(_ flags: [String: [String]], _ context: ProcessContext) throws -> FanoutProcess {
        let settings = try Settings(
            table: FanoutProcess.table, process: FanoutProcess.name,
            flags: Self.endpoints.merging(flags) { _, flag in flag })
        return try FanoutProcess(settings: settings, context: context)
    }

    @Test func everySettingHasADefaultOrMustBeGiven() throws {
        let context = ProcessContext(logger: Logger(label: "test"))
        _ = try process([:], context)
        for name in Self.endpoints.keys {
            let failure = #expect(throws: ProcessFailure.self) { _ = try process([name: []], context) }
            #expect(failure?.reason.hasPrefix("\(name) must be given") == true)
        }
    }

    @Test func everyRouterNeedsBothEndpoints() throws {
        let context = ProcessContext(logger: Logger(label: "test"))
        let two = ["router-events": ["ipc:///tmp/e", "ipc:///tmp/e2"]]
        let failure = #expect(throws: ProcessFailure.self) { _ = try process(two, context) }
        #expect(failure?.exitCode == .configuration)
    }

    @Test func anEndpointThatCannotBeBoundEndsIt() async throws {
        let context = ProcessContext(logger: Logger(label: "test"))
        let process = try process(["events": ["ipc:///tmp"]], context)
        let failure = await #expect(throws: ProcessFailure.self) { try await process.run() }
        #expect(failure?.exitCode == .inputOutput)
        #expect(failure?.reason.hasPrefix("bind ipc:///tmp") == true)
    }

    @Test func itIsReadyWhileItHearsItsRouterAndCountsWhatPasses() async throws {
        let folder = "/tmp/parley-fanout-\(UUID().uuidString.prefix(12))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let context = ProcessContext(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let process = try process(
            [
                "router-events": ["ipc://\(folder)/e"], "router-replay": ["ipc://\(folder)/r"],
                "events": ["ipc://\(folder)/fe"], "replay": ["ipc://\(folder)/fr"],
            ], context)
        let running = Task { try await process.run() }
        try await eventually("not ready before it has heard a router") {
            context.readiness.snapshot.checks.map(\.reason).contains("silent: ipc://\(folder)/e")
        }
        let router = BusThread(name: "router", inputsMax: 10, tick: .milliseconds(20)) {
            FakeRouter(
                events: "ipc://\(folder)/e", replay: "ipc://\(folder)/r", log: [], view: FakeRouter.View())
        }
        try router.start()
        defer { router.stop() }
        try await eventually("ready") { context.readiness.snapshot.ready }
        #expect(router.port.send(.commit(Acme.pack(1...3), isLost: false)))
        try await eventually("the events in the metrics") {
            context.metrics.text.contains("parley_fanout_events_total 3\n")
        }
        #expect(context.metrics.text.contains(#"parley_fanout_bus_messages_total{outcome="received",socket="router_e"#))
        running.cancel()
        try await running.value
    }
}
