import Testing
import Wire

@testable import Fanout

@Suite struct TapAccessTests {
    private let at = Timestamp(milliseconds: 1_000)

    private func directory(_ taps: [TapRecord], counter: UInt64 = 1) -> TapDirectory {
        TapDirectory(
            version: TapDirectory.Version(run: 1, counter: counter),
            tenants: taps.isEmpty ? [] : [TapDirectory.Tenant(tenant: Acme.slug, place: 3, taps: taps)])
    }

    private func tap(_ number: UInt8, _ scope: TapScope = .whole, until end: Int64? = nil) -> TapRecord {
        TapRecord(
            name: "t\(number)", key: Keys.numbered(number), scope: scope,
            expiresAt: end.map { Timestamp(milliseconds: $0) })
    }

    @Test func nothingIsKnownBeforeAllRoutersHaveTold() {
        var access = TapAccess(routers: 2)
        #expect(access.version(of: 0) == .none)
        _ = access.update(directory([tap(1)]), of: 0, at: at)
        #expect(!access.isKnown)
        _ = access.update(directory([]), of: 1, at: at)
        #expect(access.isKnown && access[Keys.numbered(1)]?.tenant == Acme.slug)
        #expect(access.version(of: 0) == TapDirectory.Version(run: 1, counter: 1))
    }

    @Test func aDoorIsOpenForWholeTapsAndClosesWithTheLast() {
        var access = TapAccess(routers: 1)
        let opened = access.update(directory([tap(1), tap(2, TapScope(events: ["read"]))]), of: 0, at: at)
        #expect(opened.doors == [Acme.slug: TapAccess.Door(place: 3, keys: [Keys.numbered(1)])])
        #expect(access[Keys.numbered(2)] != nil)
        let closed = access.update(directory([tap(2, TapScope(events: ["read"]))], counter: 2), of: 0, at: at)
        #expect(closed.doors == [Acme.slug: nil] && closed.ended == [Keys.numbered(1)])
        #expect(access.update(directory([tap(2, TapScope(events: ["read"]))], counter: 3), of: 0, at: at).isEmpty)
    }

    @Test func aTapRunsOutByItself() {
        var access = TapAccess(routers: 1)
        _ = access.update(directory([tap(1, until: 5_000), tap(2, until: 9_000), tap(3)]), of: 0, at: at)
        #expect(access.ticked(at: Timestamp(milliseconds: 4_999)).isEmpty)
        #expect(access.ticked(at: Timestamp(milliseconds: 5_000)).ended == [Keys.numbered(1)])
        #expect(access.ticked(at: Timestamp(milliseconds: 60_000)).ended == [Keys.numbered(2)])
        #expect(access[Keys.numbered(3)] != nil)
    }
}
