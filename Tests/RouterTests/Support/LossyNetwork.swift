import Seeded
import Wire

@testable import Router

/// A gateway as Wire/Link.swift tells it to behave, with commands 0, 1, 2, … to be carried out.
struct ModelGateway {
    private enum State {
        case opening
        case open(expected: UInt64, next: UInt64)
    }

    private(set) var submitted: UInt64 = 0
    private(set) var answered: Set<UInt64> = []
    private(set) var isDirectoryComplete = false
    private var link: UInt64 = 1
    private var state = State.opening
    private var unsent: [UInt64] = []
    private var pending: [UInt64] = []
    private var nextSign: ContinuousClock.Instant?
    private var heard: ContinuousClock.Instant?

    mutating func submit() {
        pending.append(submitted)
        unsent.append(submitted)
        submitted += 1
    }

    /// What it sends by itself.
    mutating func turn(now: ContinuousClock.Instant) -> [ToRouter] {
        // A router that says nothing while commands wait has lost the link.
        if let heard, !pending.isEmpty, now >= heard + .seconds(3) { reopen() }
        let isDue = nextSign.map { $0 <= now } ?? true
        switch state {
        case .opening:
            guard isDue else { return [] }
            nextSign = now + .seconds(1)
            return [.open(link: link, gateway: "model", watched: [])]
        case .open(let expected, let next):
            guard isDue || !unsent.isEmpty else { return [] }
            nextSign = now + .seconds(1)
            state = .open(expected: expected, next: next + 1)
            defer { unsent = [] }
            return [.batch(link: link, number: next, requests: unsent.map { .lookUp(id: $0, tenant: .acme) })]
        }
    }

    mutating func received(_ message: ToGateway, now: ContinuousClock.Instant) {
        switch message {
        case .opened(let id, _):
            guard id == link, case .opening = state else { return }
            state = .open(expected: 0, next: 0)
            nextSign = nil
            unsent = pending
            heard = now
        case .batch(let id, let number, let answers):
            guard id == link, case .open(let expected, let next) = state, number >= expected else { return }
            guard number == expected else { return reopen() }
            state = .open(expected: expected + 1, next: next)
            heard = now
            for answer in answers { take(answer) }
        case .reset(let id):
            if id == link { reopen() }
        }
    }

    private mutating func take(_ answer: Answer) {
        switch answer {
        case .lookedUp(let id):
            guard let place = pending.firstIndex(of: id) else { return }
            pending.remove(at: place)
            answered.insert(id)
        case .directoryComplete: isDirectoryComplete = true
        case .reply, .page, .refusedPage, .tenant, .tenantGone, .presence, .file: break
        }
    }

    private mutating func reopen() {
        link += 1
        state = .opening
        unsent = []
        nextSign = nil
        heard = nil
    }
}

/// One gateway and a router's links over a transport that loses, repeats and swaps messages both ways.
struct LossyNetwork {
    var isFaulty = true
    var gateway = ModelGateway()
    private(set) var firstExecutions: [UInt64] = []
    private var links = Links(run: 1)
    private var random: SeededGenerator
    private var toRouter: [ToRouter] = []
    private var toGateway: [ToGateway] = []
    private var working: [(id: UInt64, link: LinkID)] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func step(now: ContinuousClock.Instant) {
        toRouter += gateway.turn(now: now)
        for message in arrivals(of: \.toRouter) {
            perform(links.received(message, from: [1], now: now))
        }
        // Work takes a while, and readers answer in any order.
        for item in working.shuffled(using: &random) where !isFaulty || chance(of: 2) {
            links.answer(.lookedUp(id: item.id), on: item.link)
            working.removeAll { $0.id == item.id && $0.link == item.link }
        }
        perform(links.flush())
        if isFaulty, chance(of: 200) { links.failed([1]) }
        links.ticked(now: now)
        for message in arrivals(of: \.toGateway) { gateway.received(message, now: now) }
    }

    private mutating func perform(_ actions: [Links.Action]) {
        for action in actions {
            switch action {
            case .send(let message, _): toGateway.append(message)
            case .opened(let link): links.answer(.directoryComplete, on: link)
            case .perform(let requests, let link):
                for case .lookUp(let id, _) in requests {
                    if !firstExecutions.contains(id) { firstExecutions.append(id) }
                    working.append((id, link))
                }
            case .watched: break
            }
        }
    }

    /// Takes what is on its way; a faulty network loses one in twenty, repeats and delays as many.
    private mutating func arrivals<Message>(of queue: WritableKeyPath<Self, [Message]>) -> [Message] {
        var arriving: [Message] = []
        var delayed: [Message] = []
        for message in self[keyPath: queue] {
            guard isFaulty else {
                arriving.append(message)
                continue
            }
            switch Int.random(in: 0..<60, using: &random) {
            case 0..<3: break
            case 3..<6: arriving += [message, message]
            case 6..<9: delayed.append(message)
            default: arriving.append(message)
            }
        }
        self[keyPath: queue] = delayed
        if isFaulty, arriving.count > 1, chance(of: 20) { arriving.swapAt(0, 1) }
        return arriving
    }

    private mutating func chance(of one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
}
