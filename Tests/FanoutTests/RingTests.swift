import Seeded
import Testing

@testable import Fanout

@Suite struct RingTests {
    let now = ContinuousClock.now
    let bounds = Ring.Bounds(events: 10, bytes: 1_000, age: .seconds(10))

    func ring(_ offsets: [UInt64], first: UInt64 = 1) -> Ring {
        var ring = Ring(epoch: "e", first: first, bounds: bounds)
        for offset in offsets { _ = ring.place(offset, [UInt8(truncatingIfNeeded: offset)], now: now) }
        return ring
    }

    func offsets(_ ring: Ring, _ range: ClosedRange<UInt64>, eventsMax: Int = 100, bytesMax: Int = 100) -> [UInt64] {
        ring.events(from: range.lowerBound, to: range.upperBound, eventsMax: eventsMax, bytesMax: bytesMax).map(
            \.offset)
    }

    @Test func whatCameInOrderIsThereInOrder() {
        let ring = ring([1, 2, 3])
        #expect(ring.next == 4)
        #expect(ring.count == 3)
        #expect(ring.bytes == 3)
        #expect(offsets(ring, 1...9) == [1, 2, 3])
        #expect(offsets(ring, 2...2) == [2])
        #expect(offsets(ring, 4...9) == [])
        #expect(ring.events(from: 2, to: 2, eventsMax: 1, bytesMax: 1).map(\.bytes) == [[2]])
    }

    @Test func answersKeepToTheirBoundsButGiveAtLeastOne() {
        let ring = ring([1, 2, 3, 4])
        #expect(offsets(ring, 1...4, eventsMax: 2) == [1, 2])
        #expect(offsets(ring, 1...4, bytesMax: 3) == [1, 2, 3])
        #expect(offsets(ring, 1...4, bytesMax: 1) == [1])
    }

    @Test func aGapIsKnownAnsweredUpToAndFilled() {
        var ring = ring([1])
        #expect(ring.place(4, [4], now: now) == .appended(gap: 2))
        #expect(ring.gap(max: 500) == 2...3)
        #expect(ring.gap(max: 1) == 2...2)
        #expect(offsets(ring, 1...4) == [1])
        #expect(offsets(ring, 2...4) == [])
        #expect(ring.place(3, [3], now: now) == .filled)
        #expect(ring.gap(max: 500) == 2...2)
        #expect(ring.place(2, [2], now: now) == .filled)
        #expect(ring.gap(max: 500) == nil)
        #expect(offsets(ring, 1...4) == [1, 2, 3, 4])
    }

    @Test func whatComesAgainOrTooLateChangesNothing() {
        var ring = ring([5, 6], first: 5)
        let before = ring
        #expect(ring.place(5, [9], now: now) == .repeated)
        #expect(ring.place(4, [9], now: now) == .old)
        #expect(ring == before)
    }

    @Test func aLeapBeginsAnew() {
        var ring = ring([1, 2])
        #expect(ring.place(13, [13], now: now) == .leapt(gap: 10))
        #expect((ring.first, ring.next, ring.missing, ring.bytes) == (13, 14, 0, 1))
        #expect(offsets(ring, 1...13) == [])
    }

    @Test func aHeartbeatShowsALostTail() {
        var ring = ring([1])
        #expect(ring.announced(1) == 0)
        #expect(ring.announced(0) == 0)
        #expect(ring.announced(3) == 2)
        #expect(ring.gap(max: 500) == 2...3)
        #expect(ring.place(2, [2], now: now) == .filled)
        #expect(ring.place(3, [3], now: now) == .filled)
        #expect(ring.announced(500) == 497)
        #expect((ring.first, ring.count, ring.missing) == (501, 0, 0))
    }

    @Test func theOldestGoWhenThereAreTooMany() {
        var ring = ring(Array(1...12))
        #expect(ring.evict(now: now) == Ring.Evicted(byEvents: 2))
        #expect(ring.first == 3)
    }

    @Test func theOldestGoWhenTheyAreTooLarge() {
        var ring = ring([])
        for offset in 1...3 as ClosedRange<UInt64> {
            _ = ring.place(offset, [UInt8](repeating: 0, count: 400), now: now)
        }
        #expect(ring.evict(now: now) == Ring.Evicted(byBytes: 1))
        #expect((ring.first, ring.bytes) == (2, 800))
    }

    @Test func theOldestGoWhenTheirTimeIsUp() {
        var ring = ring([1, 2])
        _ = ring.place(3, [3], now: now + .seconds(5))
        #expect(ring.evict(now: now + .seconds(9)) == Ring.Evicted())
        #expect(ring.evict(now: now + .seconds(10)) == Ring.Evicted(byAge: 2))
        #expect(ring.first == 3)
    }

    @Test func aGapBehindWhatWentGoesWithIt() {
        var ring = ring([1, 4])
        _ = ring.place(5, [5], now: now + .seconds(5))
        ring.forget(before: 2)
        #expect(ring.gap(max: 500) == 2...3)
        var other = self.ring([1, 5])
        _ = other.place(6, [6], now: now + .seconds(5))
        #expect(other.evict(now: now + .seconds(10)) == Ring.Evicted(byAge: 2))
        #expect((other.first, other.missing) == (6, 0))
    }

    @Test func offsetsAtTheEndOfTheirRangeAreNoTrouble() {
        let last = Ring.offsetMax - 1
        var ring = ring([last], first: last)
        #expect(ring.place(last, [1], now: now) == .repeated)
        #expect(ring.announced(last) == 0)
        #expect(offsets(ring, last...UInt64.max) == [last])
        ring.forget(before: UInt64.max)
        #expect(ring.count == 0)
    }

    @Test func whatCameBeforeIsNoNews() {
        var ring = Ring(epoch: "e", first: 10, bounds: bounds, history: 4)
        #expect(ring.first == 6 && ring.missing == 4 && ring.lacksHistory)
        #expect(ring.place(10, [1], now: now) == .appended(gap: 0))
        for offset in UInt64(6)...9 { #expect(ring.place(offset, [1], now: now) == .restored) }
        #expect(!ring.lacksHistory && ring.missing == 0)
        #expect(Ring(epoch: "e", first: 3, bounds: bounds, history: 100).first == 1)
    }

    @Test func anEmptiedEventIsAskedForAnewAndIsNoNews() {
        var ring = Ring(epoch: "e", first: 1, bounds: bounds)
        for offset in UInt64(1)...3 { _ = ring.place(offset, [1, 2], now: now) }
        #expect(ring.empty(2) && !ring.empty(2) && !ring.empty(9) && !ring.empty(0))
        #expect(ring.gap(max: 5) == 2...2 && ring.bytes == 4)
        #expect(offsets(ring, 1...3) == [1])
        #expect(ring.place(2, [], now: now) == .restored)
        #expect(offsets(ring, 1...3) == [1, 2, 3])
    }

    /// The same operations on a dictionary say what the ring must say.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func itHoldsWhatAModelHolds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ring = Ring(epoch: "e", first: 1, bounds: bounds)
        var model: [UInt64: [UInt8]] = [:]
        for step in 0..<2_000 {
            let time = now + .milliseconds(step * 20)
            let low = ring.next > 8 ? ring.next - 8 : 1
            let offset = UInt64.random(in: low...ring.next + (step % 50 == 0 ? 15 : 3), using: &random)
            let event = [UInt8](repeating: UInt8(step % 251), count: Int.random(in: 0...200, using: &random))
            switch ring.place(offset, event, now: time) {
            case .appended, .filled, .restored:
                #expect(model[offset] == nil)
                model[offset] = event
            case .repeated: #expect(model[offset] != nil)
            case .old: #expect(offset < ring.first)
            case .leapt: model = [offset: event]
            }
            if step % 17 == 0 {
                #expect(ring.empty(offset) == (model[offset] != nil))
                model[offset] = nil
            }
            _ = ring.evict(now: time)
            model = model.filter { $0.key >= ring.first }
            #expect(ring.count == model.count)
            #expect(ring.bytes == model.values.reduce(0) { $0 + $1.count })
            #expect(ring.count + ring.missing <= bounds.events)
            #expect(ring.bytes <= bounds.bytes)
            let found = ring.events(from: offset, to: offset + 5, eventsMax: 3, bytesMax: .max)
            let run = (offset...offset + 5).prefix { model[$0] != nil }.prefix(3)
            #expect(found.map(\.offset) == Array(run))
            #expect(found.allSatisfy { $0.bytes == model[$0.offset] })
            let gap = (ring.first..<ring.next).first { model[$0] == nil }
            #expect(ring.gap(max: 1)?.lowerBound == gap)
        }
    }
}
