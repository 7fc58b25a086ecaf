import Testing
import Wire

@testable import Router

@Suite struct PositionsTests {
    let start = ContinuousClock.now

    static func position(_ offset: UInt64, epoch: String = "e1") -> Heartbeat.Position {
        Heartbeat.Position(tenant: .acme, epoch: epoch, offset: offset)
    }

    @Test func aHeartbeatNamesTheWatchedAndTheLively() {
        let positions = Positions()
        positions.found(Self.position(3))
        #expect(positions.heartbeat(watched: { _ in false }, now: start).isEmpty)
        #expect(positions.heartbeat(watched: { $0 == .acme }, now: start) == [Self.position(3)])
        positions.committed(Self.position(4), now: start)
        #expect(positions.heartbeat(watched: { _ in false }, now: start) == [Self.position(4)])
        let later = start + Positions.lively
        #expect(positions.heartbeat(watched: { _ in false }, now: later).isEmpty)
    }

    @Test func whatAReaderFoundNeverGoesBackBehindACommit() {
        let positions = Positions()
        positions.committed(Self.position(9), now: start)
        positions.found(Self.position(5))
        #expect(positions.heartbeat(watched: { _ in true }, now: start) == [Self.position(9)])
        positions.found(Self.position(2, epoch: "e2"))
        #expect(positions.heartbeat(watched: { _ in true }, now: start) == [Self.position(2, epoch: "e2")])
    }

    @Test func aForgottenTenantIsUnknown() {
        let positions = Positions()
        positions.found(Self.position(1))
        positions.forget(.acme)
        #expect(!positions.contains(.acme))
    }
}
