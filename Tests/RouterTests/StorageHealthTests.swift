import Foundation
import Logging
import Operations
import SQLiteStore
import Testing
import Wire

@testable import Router

@Suite struct StorageHealthTests {
    let readiness = Readiness()
    let folder = NSTemporaryDirectory() + "router-tests-" + UUID().uuidString

    func health() -> StorageHealth {
        StorageHealth(
            directory: folder, readiness: readiness, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func aFullDiskMakesTheRouterUnreadyUntilSomethingIsStored() {
        let health = health()
        #expect(readiness.snapshot.ready)
        health.failed(StoreFailure(.full, "no room"), tenant: .acme)
        #expect(readiness.snapshot.checks.compactMap(\.reason) == ["the disk is full"])
        health.succeeded()
        #expect(readiness.snapshot.ready)
    }

    @Test func atMostOneLineASecondIsLogged() {
        var pace = LogPace()
        let start = ContinuousClock.now
        let lines = [0, 1, 999, 1_000, 1_500, 2_100].map { pace.take(now: start + .milliseconds($0)) }
        #expect(lines == [0, nil, nil, 2, nil, 1])
    }

    @Test func oneTenantsFileIsNoReason() {
        let health = health()
        health.failed(StoreFailure(.corrupt, "no database"), tenant: .acme)
        #expect(readiness.snapshot.ready)
    }

    @Test func aProbeFindsOutWhetherTheDiskTakesDataAgain() throws {
        let health = health()
        health.failed(StoreFailure(.io, "gone"), tenant: .acme)
        health.probe()
        #expect(!readiness.snapshot.ready)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        health.probe()
        #expect(readiness.snapshot.ready)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func aLaneThatWaitsForTheDiskForLongMakesTheRouterUnready() {
        let health = health()
        let start = ContinuousClock.now
        health.began(lane: 1, now: start)
        health.began(lane: 2, now: start + .seconds(4))
        health.ended(lane: 2)
        health.look(now: start + .milliseconds(4_999))
        #expect(readiness.snapshot.ready)
        health.look(now: start + .seconds(5))
        #expect(readiness.snapshot.checks.compactMap(\.reason) == ["the disk does not answer"])
        health.ended(lane: 1)
        health.look(now: start + .seconds(6))
        #expect(readiness.snapshot.ready)
    }
}
