import Bus
import Foundation
import Wire

@testable import Router

/// A gateway and a fan-out worker in one, over real sockets: what comes in is kept until somebody asks for it.
final class TestGateway {
    enum Message: Equatable, Sendable {
        case link(ToGateway)
        case events(EventPack)
        case heartbeat(Heartbeat)
        case replay(ReplayAnswer)
    }

    private struct Driver: BusDriver {
        enum Input: Sendable {
            case link([UInt8])
            case replay([UInt8])
        }

        let endpoints: RouterDriver.Endpoints
        let messages: WorkQueue<Message>
        var commands: SocketID?
        var events: SocketID?
        var replay: SocketID?

        mutating func started(_ sockets: BusSockets) throws {
            commands = try sockets.open(.dealer, SocketOptions(name: "commands"), connect: [endpoints.commands])
            let events = try sockets.open(.sub, SocketOptions(name: "events"), connect: [endpoints.events])
            try sockets.subscribe([], on: events)
            self.events = events
            replay = try sockets.open(.dealer, SocketOptions(name: "replay"), connect: [endpoints.replay])
        }

        mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
            guard let bytes = message.last else { return }
            let decoded: Message? =
                if socket == commands {
                    (try? ToGateway(bytes)).map(Message.link)
                } else if socket == replay {
                    (try? ReplayAnswer(bytes)).map(Message.replay)
                } else if message.first == Array(Heartbeat.topic.utf8) {
                    (try? Heartbeat(bytes)).map(Message.heartbeat)
                } else {
                    (try? EventPack(bytes)).map(Message.events)
                }
            if let decoded { _ = messages.offer(decoded) }
        }

        mutating func handle(_ input: Input, _ sockets: BusSockets) {
            switch input {
            case .link(let bytes): if let commands { sockets.send([bytes], on: commands) }
            case .replay(let bytes): if let replay { sockets.send([bytes], on: replay) }
            }
        }

        mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {}
    }

    private let bus: BusThread<Driver>
    private let incoming = WorkQueue<Message>(capacity: 100_000)
    private var kept: [Message] = []
    private var nextNumber: UInt64 = 0
    private(set) var link: UInt64 = 0

    init(_ endpoints: RouterDriver.Endpoints) throws {
        bus = BusThread(name: "gateway", inputsMax: 1_000, tick: .seconds(1)) { [incoming] in
            Driver(endpoints: endpoints, messages: incoming)
        }
        try bus.start()
    }

    deinit { bus.stop() }

    /// Opens a link and waits until it holds and the directory is there.
    func open(watched: [TenantSlug] = []) throws -> [TenantRecord] {
        link += 1
        nextNumber = 0
        send(raw: ToRouter.open(link: link, gateway: "test", watched: watched).bytes)
        _ = try wait { message -> Bool? in
            if case .link(.opened(self.link, _)) = message { true } else { nil }
        }
        var records: [TenantRecord] = []
        _ = try waitForAnswer { answer -> Bool? in
            if case .tenant(let record) = answer { records.append(record) }
            return answer == .directoryComplete ? true : nil
        }
        return records
    }

    func send(_ requests: Request...) { send(requests) }

    func send(_ requests: [Request]) {
        send(raw: ToRouter.batch(link: link, number: nextNumber, requests: requests).bytes)
        nextNumber += 1
    }

    func send(raw bytes: [UInt8]) { _ = bus.port.send(.link(bytes)) }

    func send(_ request: ReplayRequest) { _ = bus.port.send(.replay(request.bytes)) }

    /// The reply to a command.
    func reply(_ id: UInt64) throws -> (code: Refusal.Code?, text: String) {
        try waitForAnswer { answer in
            guard case .reply(id, let code, let json) = answer else { return nil }
            return (code, String(decoding: json, as: UTF8.self))
        }
    }

    func waitForAnswer<Found>(_ find: (Answer) -> Found?) throws -> Found {
        try wait { message in
            guard case .link(.batch(_, _, let answers)) = message else { return nil }
            // All are looked at, since the first that fits need not be the last that counts.
            return answers.compactMap(find).first
        }
    }

    /// The first message that fits, of those that came and were not taken, within 10 s.
    func wait<Found>(_ find: (Message) -> Found?) throws -> Found {
        for message in kept { if let found = find(message) { return found } }
        let deadline = ContinuousClock.now + .seconds(10)
        while let message = incoming.take(max: 1, until: deadline)?.first {
            kept.append(message)
            if let found = find(message) { return found }
        }
        throw Missing()
    }

    /// What came so far counts no longer.
    func forget() { kept = [] }

    /// What was waited for has not come.
    struct Missing: Error {}
}
