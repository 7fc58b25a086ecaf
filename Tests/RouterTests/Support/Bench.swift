import Domain
import Foundation
import Operations
import SQLiteStore
import Wire

@testable import Router

/// A lane over real files in a folder of its own, with a clock moved by hand.
final class Bench {
    let folder: String
    let tenants: SQLiteTenants
    let board = DirectoryBoard()
    let positions = Positions()
    let metrics = RouterMetrics(Metrics())
    var lane: Lane
    var now = ContinuousClock.now
    var at = Timestamp(milliseconds: 1_700_000_000_000)
    private(set) var lastID: UInt64 = 0

    init(_ records: [TenantRecord] = [TenantRecord(tenant: .acme, name: "Acme")]) throws {
        folder = NSTemporaryDirectory() + "router-tests-" + UUID().uuidString
        tenants = try SQLiteTenants(directory: folder, openMax: 8, readersPerTenant: 2)
        board.apply(records.map(Directory.Change.changed))
        lane = Lane(tenants: tenants, board: board, positions: positions, metrics: metrics)
    }

    deinit {
        try? tenants.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var snapshots: Snapshots { Snapshots(tenants: tenants, board: board, positions: positions, metrics: metrics) }

    func path(of tenant: TenantSlug) -> String { "\(folder)/tenants/\(tenant.text)/tenant.sqlite" }

    func advance(by duration: Duration) {
        now += duration
        at = Timestamp(milliseconds: at.milliseconds + Int64(duration / .milliseconds(1)))
    }

    func origin() -> Origin {
        lastID += 1
        return Origin(link: LinkID(serial: 1), id: lastID)
    }

    func commission<Body>(_ body: Body, _ op: Op, by caller: Caller, as actingAs: UserID? = nil) -> Commission<Body> {
        let origin = origin()
        return Commission(origin: origin, caller: caller, ref: "\(origin.id)", actingAs: actingAs, op: op, body: body)
    }

    func send(_ text: String, id: MessageID, to group: ConversationID, by caller: Caller) -> LaneItem {
        .write(commission(.messageSend(MessageSend(conversation: group, id: id, text: text)), .messageSend, by: caller))
    }

    func typing(_ isActive: Bool, in group: ConversationID, by caller: Caller) -> LaneItem {
        .signal(commission(.typing(Typing(conversation: group, isActive: isActive)), .typing, by: caller))
    }

    func create(_ group: ConversationID, members: [UserID], by caller: Caller) -> LaneItem {
        let create = ConversationCreate(kind: .group, members: members, id: group)
        return .write(commission(.conversationCreate(create), .conversationCreate, by: caller))
    }

    func register(_ caller: Caller) -> LaneItem {
        .register(caller, then: .catchUp(origin(), catchUp(of: caller)))
    }

    func catchUp(of caller: Caller, since: UInt64? = nil, epoch: String? = nil, eventsMax: UInt32 = 100) -> CatchUp {
        CatchUp(caller: caller, since: since, epoch: epoch, eventsMax: eventsMax, bytesMax: 1 << 20)
    }

    func execute(_ items: LaneItem...) -> Told { execute(items) }

    func execute(_ items: [LaneItem]) -> Told { Told(lane.execute(items, now: now, at: at)) }

    func tick() -> Told { Told(lane.ticked(now: now, at: at)) }

    /// A group of alice and bob in acme: what most tests begin with.
    func makeGroup(_ group: ConversationID = .group) throws {
        _ = execute(register(.alice), register(.bob), register(.carol), create(group, members: [.bob], by: .alice))
    }

    func newestOffset(of tenant: TenantSlug = .acme) throws -> UInt64 {
        try tenants.tenant(tenant).read { try $0.newestOffset }
    }

    func page(_ catchUp: CatchUp) throws -> CatchUpPage? {
        guard case .finished(let finished) = try snapshots.answer(.catchUp(origin(), catchUp), at: at),
            case .page(_, let page)? = finished.answers.first?.answer
        else { return nil }
        return page
    }
}

/// What a batch led to, readable.
struct Told {
    let outcome: Lane.Outcome
    /// By op's number: nil for «ok».
    let codes: [Refusal.Code?]
    let replies: [String]
    let events: [Envelope]

    init(_ outcome: Lane.Outcome) {
        self.outcome = outcome
        var codes: [Refusal.Code?] = []
        var replies: [String] = []
        for case .reply(_, let code, let json) in outcome.finished.answers.map(\.answer) {
            codes.append(code)
            replies.append(String(decoding: json, as: UTF8.self))
        }
        self.codes = codes
        self.replies = replies
        events = outcome.finished.publications.flatMap { (try? EventPack($0.pack))?.envelopes ?? [] }
    }

    /// The events' JSON.
    var texts: [String] { events.map { String(decoding: $0.json, as: UTF8.self) } }
}

extension Caller {
    static let alice = Caller(tenant: .acme, user: .alice, role: .user, profile: Profile(name: "Alice"))
    static let bob = Caller(tenant: .acme, user: .bob, role: .user, profile: Profile(name: "Bob"))
    static let carol = Caller(tenant: .acme, user: .carol, role: .user, profile: Profile(name: "Carol"))
    static let service = Caller(tenant: .acme, user: .named("crm"), role: .service)

    func `in`(_ tenant: TenantSlug) -> Caller { Caller(tenant: tenant, user: user, role: role, profile: profile) }
}

extension ConversationID {
    static let group = ConversationID(bits: UUIDBits(high: 1, low: 1))
    static let other = ConversationID(bits: UUIDBits(high: 1, low: 2))
}

extension MessageID {
    static func numbered(_ number: Int) -> MessageID { MessageID(bits: UUIDBits(high: 2, low: UInt64(number))) }
}
