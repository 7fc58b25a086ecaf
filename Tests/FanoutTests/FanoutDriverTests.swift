import Seeded
import Synchronization
import Testing
import Wire

@testable import Fanout

/// Real sockets: a router, a worker and a gateway.
@Suite(.timeLimit(.minutes(2))) struct FanoutDriverTests {
    @Test func eventsGoFromRouterToGatewayInOrder() async throws {
        let bench = try Bench()
        try await bench.connected()
        for offset in 1...500 as ClosedRange<UInt64> { bench.commit(offset...offset) }
        try await eventually("all") { bench.gatewayView.offsets.count == 500 }
        #expect(bench.gatewayView.offsets == Array(1...500))
        try await eventually("the counts") { bench.count(\.events) == 500 }
        #expect(bench.count(\.gaps) == 0)
    }

    @Test func aLostPackIsFetchedAndComesLate() async throws {
        let bench = try Bench()
        try await bench.connected()
        bench.commit(1...2)
        bench.commit(3...4, isLost: true)
        bench.commit(5...6)
        try await eventually("all") { bench.gatewayView.offsets.count == 6 }
        #expect(bench.gatewayView.offsets == [1, 2, 5, 6, 3, 4])
        bench.ask(9, 2...6)
        try await eventually("the answer") { !bench.gatewayView.answers.isEmpty }
        #expect(bench.gatewayView.answers == [.events(id: 9, Acme.pack(2...6))])
    }

    @Test func aLostTailIsFetchedAfterAHeartbeat() async throws {
        let bench = try Bench()
        try await bench.connected()
        bench.commit(1...1)
        bench.commit(2...3, isLost: true)
        try await eventually("all") { bench.gatewayView.offsets == [1, 2, 3] }
        #expect(bench.routerView.asked.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test func whatIsOlderThanTheRingComesFromTheRouter() async throws {
        let bench = try Bench()
        bench.stopRouter()
        try bench.startRouter(log: (1...700).map { Acme.event($0) })
        try await bench.connected()
        #expect(try await bench.replay(1...700)?.envelopes.map(\.offset) == Array(1...500))
        bench.ask(99, 600...650)
        try await eventually("the other answer") { bench.gatewayView.answers.last?.id == 99 }
        #expect(bench.gatewayView.answers.last == .events(id: 99, Acme.pack(600...650)))
        bench.ask(100, 900...901)
        try await eventually("no answer") { bench.gatewayView.answers.last?.id == 100 }
        #expect(bench.gatewayView.answers.last == .unavailable(id: 100))
    }

    @Test func aRouterThatRestartsIsFoundAgainAndWhatWasMissedIsFetched() async throws {
        let bench = try Bench()
        try await bench.connected()
        bench.commit(1...2)
        try await eventually("before") { bench.gatewayView.offsets == [1, 2] }
        bench.stopRouter()
        try await eventually("silence") { bench.silent.withLock { $0 } == [0] }
        bench.ask(1, 1...2)
        bench.ask(2, 3...4)
        try await eventually("answers without a router") { bench.gatewayView.answers.count == 2 }
        #expect(bench.gatewayView.answers == [.events(id: 1, Acme.pack(1...2)), .unavailable(id: 2)])
        // It committed 3 and 4 and died before publishing them.
        try bench.startRouter(log: (1...4).map { Acme.event($0) })
        try await eventually("after") { bench.gatewayView.offsets == [1, 2, 3, 4] }
        #expect(bench.silent.withLock { $0 } == [])
        bench.commit(5...5)
        try await eventually("live again") { bench.gatewayView.offsets.last == 5 }
    }

    @Test func aSilentRouterIsNotSpokenFor() async throws {
        let bench = try Bench()
        try await bench.connected()
        bench.tellRouter(.heartbeats(false))
        try await eventually("silence") { bench.silent.withLock { $0 } == [0] }
        let before = bench.gatewayView.heartbeats
        bench.commit(1...1)
        try await eventually("the event") { bench.gatewayView.offsets == [1] }
        #expect(bench.gatewayView.heartbeats == before)
        try await eventually("a sign of life") { bench.silent.withLock { $0 } == [] }
    }

    @Test func aWorkerThatRestartsGoesOnWithAnEmptyRing() async throws {
        let bench = try Bench()
        try await bench.connected()
        bench.commit(1...3)
        try await eventually("before") { bench.gatewayView.offsets == [1, 2, 3] }
        bench.stopWorker()
        bench.commit(4...5)
        try await eventually("the commit") { bench.routerView.committed.load(ordering: .sequentiallyConsistent) == 2 }
        try bench.startWorker()
        try await bench.connected()
        bench.commit(6...6)
        try await eventually("after") { bench.gatewayView.offsets.last == 6 }
        // The gateway sees the hole and asks; the ring is too young for it, so the router answers.
        #expect(try await bench.replay(4...5) == Acme.pack(4...5))
        #expect(bench.routerView.asked.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test func rubbishFromBothSidesIsCountedAndStopsNothing() async throws {
        let bench = try Bench()
        try await bench.connected()
        var random = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            let rubbish = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            bench.tellRouter(.raw(topic: Acme.topic, rubbish))
            bench.tellRouter(.raw(topic: Array(Heartbeat.topic.utf8), rubbish + [1]))
            bench.tellGateway(.raw([rubbish]))
            bench.tellGateway(.raw([rubbish, rubbish]))
        }
        // Now the router knows the worker's replay socket, and can answer rubbish too.
        bench.ask(1, 1...1)
        try await eventually("an answer") { !bench.gatewayView.answers.isEmpty }
        for count in 0..<50 { bench.tellRouter(.rawAnswer([UInt8](repeating: 1, count: count))) }
        try await eventually("all counted") { bench.count(\.malformed) >= 1_250 }
        bench.commit(1...3)
        try await eventually("the events after it") { bench.gatewayView.offsets.suffix(3) == [1, 2, 3] }
    }
}
