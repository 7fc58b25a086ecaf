internal import Wire

/// A router's own number for one link of one gateway: what work carries along, so that its answer finds back.
struct LinkID: Hashable, Sendable {
    let serial: UInt64
}

/// The router's side of all links to gateways (Wire/Link.swift): which hold, which batch comes next on each, which
/// tenants somebody watches. A message that does not fit ends its link; the gateway then opens another and repeats
/// what has no answer.
struct Links {
    enum Action: Equatable {
        case send(ToGateway, to: [UInt8])
        /// The link is new: the whole directory goes into its first batches.
        case opened(LinkID)
        case perform([Request], for: LinkID)
        /// The first link that watches the tenant.
        case watched(TenantSlug)
    }

    /// A gateway sends a batch every second, so ten have been lost or it is gone.
    static let silence: Duration = .seconds(10)
    /// What goes into one batch: large enough to pack well, small enough to stay clear of the bus's message limit.
    static let answersPerBatch = 256
    static let bytesPerBatch = 1 << 20

    private struct Link {
        let id: UInt64
        let identity: [UInt8]
        /// Of the gateway's next batch and of ours.
        var expected: UInt64 = 0
        var next: UInt64 = 0
        /// What was sent before the gateway's first batch: until that comes `opened` may have been lost, and a
        /// repeated `open` gets the same again, so that numbers keep their meaning.
        var unconfirmed: [ToGateway] = []
        var pending: [Answer] = []
        var watched: Set<TenantSlug>
        var heard: ContinuousClock.Instant
    }

    /// This run of the router.
    private let run: UInt64
    private var links: [LinkID: Link] = [:]
    private var current: [[UInt8]: LinkID] = [:]
    private var lastSerial: UInt64 = 0
    private var watchers: [TenantSlug: Int] = [:]
    private var dirty: [LinkID] = []
    /// Links that ended by `reset`, a failed send or silence.
    private(set) var resets: UInt64 = 0
    private var ended: [(link: LinkID, heard: ContinuousClock.Instant)] = []

    init(run: UInt64) { self.run = run }

    var count: Int { links.count }
    var all: [LinkID] { links.keys.sorted { $0.serial < $1.serial } }
    var watched: some Sequence<TenantSlug> { watchers.keys }

    func watches(_ tenant: TenantSlug) -> Bool { watchers[tenant] != nil }

    mutating func received(_ message: ToRouter, from identity: [UInt8], now: ContinuousClock.Instant) -> [Action] {
        switch message {
        case .open(let id, _, let watched): open(id, watched: watched, from: identity, now: now)
        case .batch(let id, let number, let requests):
            batch(id, number: number, requests, from: identity, now: now)
        }
    }

    /// Keeps the answer for the next `flush`; nothing where the link has ended, since the gateway asks again on its
    /// next one.
    mutating func answer(_ answer: Answer, on link: LinkID) {
        guard links[link] != nil else { return }
        if links[link]?.pending.isEmpty == true { dirty.append(link) }
        links[link]?.pending.append(answer)
    }

    /// The batches for all that was answered since the last time.
    mutating func flush() -> [Action] {
        var actions: [Action] = []
        for id in dirty {
            guard var link = links[id] else { continue }
            for answers in Self.portions(of: link.pending) {
                let batch = ToGateway.batch(link: link.id, number: link.next, answers: answers)
                link.next += 1
                if link.expected == 0 { link.unconfirmed.append(batch) }
                actions.append(.send(batch, to: link.identity))
            }
            link.pending.removeAll(keepingCapacity: true)
            links[id] = link
        }
        dirty.removeAll(keepingCapacity: true)
        return actions
    }

    /// A message could not be sent: what follows on this link would not fit.
    mutating func failed(_ identity: [UInt8]) {
        guard let id = current[identity] else { return }
        forget(id)
        resets += 1
    }

    /// The links that have ended since the last time, and when each was last heard.
    mutating func takeEnded() -> [(link: LinkID, heard: ContinuousClock.Instant)] {
        defer { ended = [] }
        return ended
    }

    /// Ends the links whose gateways are silent.
    mutating func ticked(now: ContinuousClock.Instant) {
        for (id, link) in links where link.heard + Self.silence <= now {
            forget(id)
            resets += 1
        }
    }

    private mutating func open(
        _ id: UInt64, watched: [TenantSlug], from identity: [UInt8], now: ContinuousClock.Instant
    ) -> [Action] {
        if let former = current[identity] {
            if let link = links[former], link.id == id {
                links[former]?.heard = now
                return link.unconfirmed.map { .send($0, to: identity) }
            }
            forget(former)
        }
        lastSerial += 1
        let serial = LinkID(serial: lastSerial)
        let opened = ToGateway.opened(link: id, run: run)
        links[serial] = Link(id: id, identity: identity, unconfirmed: [opened], watched: [], heard: now)
        current[identity] = serial
        var actions: [Action] = [.send(opened, to: identity), .opened(serial)]
        for tenant in watched { actions += watch(tenant, on: serial) }
        return actions
    }

    private mutating func batch(
        _ id: UInt64, number: UInt64, _ requests: [Request], from identity: [UInt8], now: ContinuousClock.Instant
    ) -> [Action] {
        guard let serial = current[identity], var link = links[serial], link.id == id else {
            return [.send(.reset(link: id), to: identity)]
        }
        if number < link.expected { return [] }
        guard number == link.expected else {
            forget(serial)
            resets += 1
            return [.send(.reset(link: id), to: identity)]
        }
        link.expected += 1
        link.heard = now
        link.unconfirmed = []
        links[serial] = link
        var actions: [Action] = []
        var work: [Request] = []
        work.reserveCapacity(requests.count)
        for request in requests {
            switch request {
            case .watch(let tenant): actions += watch(tenant, on: serial)
            case .unwatch(let tenant): unwatch(tenant, on: serial)
            case .command, .file, .catchUp, .gone, .lookUp, .present, .interest: work.append(request)
            }
        }
        if !work.isEmpty { actions.append(.perform(work, for: serial)) }
        return actions
    }

    private mutating func watch(_ tenant: TenantSlug, on link: LinkID) -> [Action] {
        guard links[link]?.watched.insert(tenant).inserted == true else { return [] }
        watchers[tenant, default: 0] += 1
        return watchers[tenant] == 1 ? [.watched(tenant)] : []
    }

    private mutating func unwatch(_ tenant: TenantSlug, on link: LinkID) {
        guard links[link]?.watched.remove(tenant) != nil else { return }
        release(tenant)
    }

    private mutating func release(_ tenant: TenantSlug) {
        guard let count = watchers[tenant] else { return }
        watchers[tenant] = count > 1 ? count - 1 : nil
    }

    private mutating func forget(_ id: LinkID) {
        guard let link = links.removeValue(forKey: id) else { return }
        ended.append((id, link.heard))
        for tenant in link.watched { release(tenant) }
        if current[link.identity] == id { current[link.identity] = nil }
    }

    /// In order; each within the bounds of a batch, but for a single answer that is larger by itself.
    private static func portions(of answers: [Answer]) -> [[Answer]] {
        var portions: [[Answer]] = []
        var portion: [Answer] = []
        var bytes = 0
        for answer in answers {
            let size = answer.approximateBytes
            if !portion.isEmpty, portion.count == answersPerBatch || bytes + size > bytesPerBatch {
                portions.append(portion)
                portion = []
                bytes = 0
            }
            portion.append(answer)
            bytes += size
        }
        if !portion.isEmpty { portions.append(portion) }
        return portions
    }
}

extension Answer {
    /// About what it takes on the bus.
    fileprivate var approximateBytes: Int {
        switch self {
        case .reply(_, _, let json): 16 + json.count
        case .page(_, let page):
            128 + page.events.reduce(0) { $0 + 12 + $1.json.count } + page.states.reduce(0) { $0 + 4 + $1.count }
                + page.conversations.count * 16
        case .tenant(let record):
            512 + record.keys.reduce(0) { $0 + 64 + $1.material.count } + record.suspendedUsers.count * 66
        case .presence(_, let news): news.reduce(64) { $0 + 64 + $1.json.count + $1.except.count * 24 }
        case .file: 640
        case .refusedPage, .tenantGone, .directoryComplete, .lookedUp: 48
        }
    }
}
