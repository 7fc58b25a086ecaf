import Blobs
import Foundation
import Logging
import Operations
import Registry
import Seeded
import Testing
import Wire

@testable import Router

/// The whole router over real sockets and files.
@Suite final class RouterServiceTests {
    // Short: an ipc path has at most 107 bytes.
    let folder = "/tmp/parley-router-\(UInt32.random(in: 0...UInt32.max))"
    let registry: TenantRegistry
    let context = ProcessContext(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

    init() throws {
        registry = try TenantRegistry.open(dataDirectory: folder)
        try registry.create(.acme, name: "Acme")
    }

    deinit {
        try? registry.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var endpoints: RouterDriver.Endpoints {
        RouterDriver.Endpoints(
            commands: "ipc://\(folder)/run/commands", events: "ipc://\(folder)/run/events",
            replay: "ipc://\(folder)/run/replay")
    }

    func start() throws -> RouterService {
        try RouterService(
            RouterConfiguration(dataDirectory: folder, endpoints: endpoints, lanes: 2, readers: 2),
            files: DiskBlobStore(root: folder + "/files"), context)
    }

    func command(_ id: UInt64, _ json: String, by caller: Caller = .alice) -> Request {
        .command(id: id, caller: caller, json: Array(json.utf8))
    }

    func page(_ gateway: TestGateway, _ id: UInt64, _ catchUp: CatchUp) throws -> CatchUpPage {
        gateway.send(.catchUp(id: id, catchUp))
        return try gateway.waitForAnswer { answer in
            if case .page(id, let page) = answer { page } else { nil }
        }
    }

    func catchUp(_ caller: Caller, since: UInt64? = nil, epoch: String? = nil) -> CatchUp {
        CatchUp(caller: caller, since: since, epoch: epoch, eventsMax: 100, bytesMax: 1 << 20)
    }

    static let create = """
        {"op":"conversation.create","ref":"c","kind":"group","id":"\(ConversationID.group)","members":["bob"]}
        """

    static func send(_ number: Int) -> String {
        """
        {"op":"message.send","ref":"\(number)","conversation":"\(ConversationID.group)",\
        "id":"\(MessageID.numbered(number))","text":"text \(number)"}
        """
    }

    @Test func aMessageIsStoredAnsweredPublishedAndReplayed() throws {
        let service = try start()
        defer { service.stop() }
        #expect(context.readiness.snapshot.ready)
        let gateway = try TestGateway(endpoints)
        #expect(try gateway.open(watched: [.acme]).map(\.tenant) == [.acme])
        for (id, caller) in [(1 as UInt64, Caller.alice), (2, .bob)] {
            let page = try page(gateway, id, catchUp(caller))
            #expect((page.resumed, page.reached, page.user.id) == (false, 0, caller.user))
        }
        gateway.send(command(3, Self.create), command(4, Self.send(1)))
        #expect(try gateway.reply(3).code == nil)
        #expect(try gateway.reply(4).text.contains("\"seq\":1,\"offset\":2"))
        let live = try gateway.wait { message -> EventPack? in
            guard case .events(let pack) = message, pack.envelopes.last?.offset == 2 else { return nil }
            return pack
        }
        #expect(live.tenant == .acme)

        gateway.send(ReplayRequest(id: 9, tenant: .acme, from: 1, to: 2))
        let replayed = try gateway.wait { message -> EventPack? in
            if case .replay(.events(9, let pack)) = message { pack } else { nil }
        }
        #expect(replayed.envelopes.map(\.offset) == [1, 2])
        #expect(replayed.envelopes.last?.json == live.envelopes.last?.json)

        let heartbeat = try gateway.wait { message -> Heartbeat.Position? in
            guard case .heartbeat(let heartbeat) = message else { return nil }
            return heartbeat.positions.first { $0.offset == 2 }
        }
        #expect((heartbeat.tenant, heartbeat.epoch) == (.acme, live.epoch))

        gateway.send(
            command(5, "{\"op\":\"message.get\",\"ref\":\"g\",\"id\":\"\(MessageID.numbered(1))\"}", by: .bob))
        #expect(try gateway.reply(5).text.contains("\"text\":\"text 1\""))
        let missed = try page(gateway, 6, catchUp(.bob, since: 1, epoch: live.epoch))
        #expect(missed.resumed && missed.complete)
        #expect(missed.events.map(\.offset) == [2])
        #expect(missed.conversations == [.group])
    }

    @Test func whatIsAcknowledgedIsThereAfterARestart() throws {
        let first = try start()
        let gateway = try TestGateway(endpoints)
        _ = try gateway.open()
        _ = try page(gateway, 1, catchUp(.bob))
        gateway.send([command(2, Self.create)] + (1...200).map { command(UInt64($0) + 10, Self.send($0)) })
        for id in 11...210 as ClosedRange<UInt64> { #expect(try gateway.reply(id).code == nil) }
        first.stop()
        #expect(!context.readiness.snapshot.ready)

        let second = try start()
        defer { second.stop() }
        let later = try TestGateway(endpoints)
        _ = try later.open(watched: [.acme])
        let position = try later.wait { message -> Heartbeat.Position? in
            if case .heartbeat(let heartbeat) = message { heartbeat.positions.first } else { nil }
        }
        #expect(position.offset == 201)
        let repeated = command(1, Self.send(7))
        later.send(repeated)
        #expect(try later.reply(1).text.contains("\"duplicate\":true"))
    }

    @Test func aLinkOfAnEarlierRunIsReset() throws {
        let service = try start()
        defer { service.stop() }
        let gateway = try TestGateway(endpoints)
        gateway.send(raw: ToRouter.batch(link: 77, number: 5, requests: []).bytes)
        let link = try gateway.wait { message -> UInt64? in
            if case .link(.reset(let link)) = message { link } else { nil }
        }
        #expect(link == 77)
    }

    @Test func rubbishIsCountedAndHarmless() throws {
        let service = try start()
        defer { service.stop() }
        let gateway = try TestGateway(endpoints)
        var random = SeededGenerator(seed: 5)
        for count in 0..<200 {
            gateway.send(raw: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        #expect(try gateway.open().count == 1)
        let malformed = try #require(
            context.metrics.text.split(separator: "\n").first { $0.hasPrefix("parley_router_malformed_total ") })
        #expect(malformed.split(separator: " ").last.flatMap { Int($0) } ?? 0 > 150)
    }

    @Test func changesOfTheRegistryReachEveryLink() throws {
        let service = try start()
        defer { service.stop() }
        let gateway = try TestGateway(endpoints)
        _ = try gateway.open()
        try registry.suspendUser(.alice, in: .acme)
        let record = try gateway.waitForAnswer { answer -> TenantRecord? in
            guard case .tenant(let record) = answer, !record.suspendedUsers.isEmpty else { return nil }
            return record
        }
        #expect(record.suspendedUsers == [.alice])
        gateway.send(command(1, Self.create))
        #expect(try gateway.reply(1).code == .forbidden)

        try registry.create(.bolt)
        gateway.send(.lookUp(id: 2, tenant: .bolt))
        var isKnown = false
        _ = try gateway.waitForAnswer { answer -> Bool? in
            if case .tenant(let record) = answer, record.tenant == .bolt { isKnown = true }
            return answer == .lookedUp(id: 2) ? true : nil
        }
        #expect(isKnown)
    }

    @Test func aDeletedTenantIsErasedAndItsNameFree() async throws {
        let service = try start()
        defer { service.stop() }
        let gateway = try TestGateway(endpoints)
        _ = try gateway.open()
        _ = try page(gateway, 1, catchUp(.alice))
        #expect(FileManager.default.fileExists(atPath: folder + "/tenants/acme"))
        try registry.markDeleted(.acme)
        _ = try gateway.waitForAnswer { $0 == .tenantGone(.acme) ? true : nil }
        let deadline = ContinuousClock.now + .seconds(10)
        while try !registry.deletedTenants().isEmpty, .now < deadline { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try registry.deletedTenants().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder + "/tenants/acme/tenant.sqlite"))
        gateway.forget()
        try registry.create(.acme)
        _ = try gateway.waitForAnswer { answer -> Bool? in
            if case .tenant(let record) = answer, record.tenant == .acme { true } else { nil }
        }
        #expect(try page(gateway, 2, catchUp(.alice)).newest == 0)
    }

    @Test func aSecondRouterOnTheSameDataIsToldWhoHoldsIt() throws {
        let service = try start()
        defer { service.stop() }
        let failure = #expect(throws: ProcessFailure.self) { _ = try self.start() }
        #expect(failure?.exitCode == .inputOutput)
        #expect(failure?.reason.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
    }
}
