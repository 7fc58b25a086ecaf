import Foundation
import Logging
import Operations
import Testing

@testable import Router

@Suite struct RouterProcessTests {
    let context = ProcessContext(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

    func settings(_ flags: [String: [String]]) throws -> Settings {
        try Settings(table: RouterProcess.table, process: RouterProcess.name, flags: flags)
    }

    @Test func everyDefaultIsAllowed() throws {
        _ = try RouterProcess(settings: settings([:]), context: context)
    }

    @Test(arguments: [("lanes", "0"), ("readers", "65"), ("open-tenants", "none"), ("commands", "udp://x:1")])
    func aWrongValueIsRefusedWithItsName(name: String, value: String) throws {
        let failure = #expect(throws: ProcessFailure.self) { _ = try settings([name: [value]]) }
        #expect(failure?.exitCode == .badData)
        #expect(failure?.reason.contains(name) == true)
    }

    @Test func itIsReadyUntilItIsAskedToStop() async throws {
        let folder = "/tmp/parley-router-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var flags = ["data": [folder], "lanes": ["2"]]
        for name in ["commands", "events", "replay"] { flags[name] = ["ipc://\(folder)/run/\(name)"] }
        let process = try RouterProcess(settings: settings(flags), context: context)
        let running = Task { try await process.run() }
        let deadline = ContinuousClock.now + .seconds(10)
        while !context.readiness.snapshot.ready, .now < deadline { try await Task.sleep(for: .milliseconds(5)) }
        #expect(context.readiness.snapshot.ready)
        #expect(context.metrics.text.contains("parley_router_lane_depth{lane=\"1\"} 0"))
        running.cancel()
        try await running.value
        #expect(!context.readiness.snapshot.ready)
    }

    @Test func aSocketThatCannotBeBoundEndsItWithItsReason() async throws {
        let folder = "/tmp/parley-router-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let flags = [
            "data": [folder], "commands": ["ipc://\(folder)/missing/run/commands"],
            "events": ["ipc://\(folder)/events"], "replay": ["ipc://\(folder)/replay"],
        ]
        let process = try RouterProcess(settings: settings(flags), context: context)
        let failure = await #expect(throws: ProcessFailure.self) { try await process.run() }
        #expect(failure?.exitCode == .inputOutput)
        #expect(failure?.reason.contains("missing/run/commands") == true)
    }
}
