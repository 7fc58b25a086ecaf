import Operations
import Testing
import Wire

@testable import Router

@Suite struct IntakeTests {
    let lanes = (0..<4).map { _ in WorkQueue<LaneItem>(capacity: 8, load: \.load) }
    let readers = WorkQueue<ReadItem>(capacity: 8, load: \.load)
    let lookUps = WorkQueue<Origin>(capacity: 2)
    let link = LinkID(serial: 3)

    func intake() -> Intake {
        Intake(lanes: lanes, readers: readers, lookUps: lookUps, metrics: RouterMetrics(Metrics()))
    }

    func command(_ id: UInt64, _ json: String, tenant: TenantSlug = .acme) -> Request {
        .command(id: id, caller: Caller.alice.in(tenant), json: Array(json.utf8))
    }

    static func send(_ ref: Int) -> String {
        """
        {"op":"message.send","ref":"\(ref)","conversation":"\(ConversationID.group)","id":"\(MessageID.numbered(ref))",\
        "text":"x"}
        """
    }
    static let typing = "{\"op\":\"typing\",\"ref\":\"t\",\"conversation\":\"\(ConversationID.group)\",\"active\":true}"
    static let read = "{\"op\":\"read\",\"ref\":\"r\",\"conversation\":\"\(ConversationID.group)\",\"seq\":1}"
    static let watch = "{\"op\":\"presence.watch\",\"ref\":\"w\",\"users\":[\"ben\"]}"
    static let list = "{\"op\":\"message.list\",\"ref\":\"l\",\"conversation\":\"\(ConversationID.group)\"}"

    func catchUp(_ id: UInt64) -> Request {
        .catchUp(id: id, CatchUp(caller: .alice, since: nil, epoch: nil, eventsMax: 1, bytesMax: 1))
    }

    func codes(_ finished: Finished) -> [Refusal.Code?] {
        finished.answers.compactMap { answer, _ in
            if case .reply(_, let code, _) = answer { code } else { nil }
        }
    }

    @Test func writesAndSignalsGoToTheTenantsLaneAndReadsToTheReaders() {
        var intake = intake()
        intake.add(command(1, Self.send(1)), on: link)
        intake.add(command(2, Self.typing), on: link)
        intake.add(command(3, Self.list), on: link)
        intake.add(.gone(tenant: .acme, user: .alice), on: link)
        intake.add(.lookUp(id: 4, tenant: .bolt), on: link)
        #expect(intake.flush().isEmpty)
        let lane = lanes[TenantSlug.acme.lane(of: 4)].take(max: 9, until: .now) ?? []
        #expect(lane.count == 3)
        #expect(lane.map(\.load.precedence) == [.kept, .typing, .kept])
        #expect(readers.count == 1)
        #expect(lookUps.take(max: 9, until: .now) == [Origin(link: link, id: 4)])
    }

    @Test func aTenantsCommandsKeepTheirOrder() {
        var intake = intake()
        for id in 1...6 { intake.add(command(UInt64(id), Self.send(id)), on: link) }
        #expect(intake.flush().isEmpty)
        let items = lanes[TenantSlug.acme.lane(of: 4)].take(max: 9, until: .now) ?? []
        let refs = items.map { item -> String? in
            if case .write(let commission) = item { commission.ref } else { nil }
        }
        #expect(refs == ["1", "2", "3", "4", "5", "6"])
    }

    @Test func aFullLaneRefusesTheLastAndSaysWhenToComeBack() {
        var intake = intake()
        for id in 1...10 { intake.add(command(UInt64(id), Self.send(id)), on: link) }
        let refused = intake.flush()
        #expect(codes(refused) == [.overloaded, .overloaded])
        #expect(refused.answers.map(\.link) == [link, link])
        guard case .reply(let id, _, let json)? = refused.answers.first?.answer else { return }
        #expect(id == 9)
        #expect(String(decoding: json, as: UTF8.self).contains("\"retry_after_ms\":1000"))
    }

    /// The lane has 8 places.
    @Test(arguments: [(3, 0), (4, 1), (6, 2), (8, 3)])
    func aLaneGivesUpTypingThenReceiptsThenRefusesWhatStores(waiting: Int, refused: Int) {
        var intake = intake()
        for id in 0..<waiting { intake.add(command(UInt64(id), Self.send(id)), on: link) }
        #expect(intake.flush().isEmpty)
        for json in [Self.send(100), Self.read, Self.typing].suffix(refused) {
            intake.add(command(100, json), on: link)
            #expect(codes(intake.flush()) == [.overloaded])
        }
        #expect(lanes[TenantSlug.acme.lane(of: 4)].count == waiting)
        for json in [Self.send(100), Self.read, Self.typing].dropLast(refused).prefix(1) {
            intake.add(command(100, json), on: link)
            #expect(intake.flush().isEmpty)
        }
    }

    /// The readers have 8 places.
    @Test(arguments: [(4, 0), (5, 1), (7, 2), (8, 3)])
    func readersGiveUpPresenceThenHistoryThenRefuseWhoConnects(waiting: Int, refused: Int) {
        var intake = intake()
        for id in 0..<waiting { intake.add(catchUp(UInt64(id)), on: link) }
        #expect(intake.flush().isEmpty)
        let kinds = [catchUp(100), command(100, Self.list), command(100, Self.watch)]
        for request in kinds.suffix(refused) {
            intake.add(request, on: link)
            let answers = intake.flush().answers
            #expect(answers.count == 1)
            guard case .reply(_, let code, let json)? = answers.first?.answer else {
                #expect(answers.first?.answer == .refusedPage(id: 100, .overloaded))
                continue
            }
            #expect(code == .overloaded)
            #expect(String(decoding: json, as: UTF8.self).contains("\"retry_after_ms\":1000"))
        }
        #expect(readers.count == waiting)
        for request in kinds.dropLast(refused).prefix(1) {
            intake.add(request, on: link)
            #expect(intake.flush().isEmpty)
        }
    }

    @Test func whatFullReadersRefuseIsAnswered() {
        var intake = intake()
        for id in 1...8 { intake.add(catchUp(UInt64(id)), on: link) }
        intake.add(command(9, Self.list), on: link)
        intake.add(catchUp(10), on: link)
        let request = ReplayRequest(id: 11, tenant: .acme, from: 1, to: 2)
        intake.add(.replay(request, from: [9]))
        let refused = intake.flush()
        #expect(codes(refused) == [.overloaded])
        #expect(refused.answers.last?.answer == .refusedPage(id: 10, .overloaded))
        #expect(refused.replays.map(\.answer) == [.unavailable(id: 11)])
    }

    @Test func whatFindsNoRoomIsCountedByKind() {
        let metrics = Metrics()
        var intake = Intake(lanes: lanes, readers: readers, lookUps: lookUps, metrics: RouterMetrics(metrics))
        for id in 1...10 { intake.add(command(UInt64(id), Self.send(id)), on: link) }
        intake.add(command(11, Self.typing), on: link)
        _ = intake.flush()
        #expect(metrics.text.contains("parley_router_shed_total{kind=\"kept\"} 2"))
        #expect(metrics.text.contains("parley_router_shed_total{kind=\"typing\"} 1"))
    }

    @Test func aLookUpThatFindsNoRoomIsAnsweredUnread() {
        var intake = intake()
        for id in 1...3 as ClosedRange<UInt64> { intake.add(.lookUp(id: id, tenant: .acme), on: link) }
        #expect(intake.flush().answers.map(\.answer) == [.lookedUp(id: 3)])
    }

    @Test(arguments: [
        ("[]", Refusal.Code.badRequest), ("{\"op\":\"nothing\",\"ref\":\"1\"}", .badRequest),
        ("{\"op\":\"ping\",\"ref\":\"1\"}", .badRequest),
    ])
    func whatAGatewayShouldHaveKeptIsRefused(json: String, code: Refusal.Code) {
        var intake = intake()
        intake.add(command(1, json), on: link)
        #expect(codes(intake.flush()) == [code])
        #expect(lanes.allSatisfy { $0.count == 0 })
    }

    @Test func tenantsSpreadOverLanes() {
        let lanes = (0..<1_000).map { TenantSlug.named("t\($0)").lane(of: 16) }
        #expect(Set(lanes) == Set(0..<16))
        #expect(Dictionary(grouping: lanes) { $0 }.values.allSatisfy { $0.count < 125 })
    }
}
