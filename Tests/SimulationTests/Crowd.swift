import Crypto
import Foundation
import Seeded
import Wire

/// One tenant's people: they talk, read, type, block each other, and take each other in and out of groups.
final class Crowd {
    struct Shape: Sendable {
        var users = 6
        var groups = 3
        var groupSize = 4
        var directs = 3
        /// Between two doings of one person, on average.
        var pause = Microseconds.milliseconds(500)
    }

    private final class Circle {
        let id: String
        /// Empty in a direct conversation.
        let keeper: String
        var members: Set<String>
        /// Of the last message that was acknowledged.
        var seq: UInt64 = 0
        init(_ id: String, _ keeper: String, _ members: Set<String>) {
            (self.id, self.keeper, self.members) = (id, keeper, members)
        }
    }

    let tenant: String
    let devices: [Device]
    /// Nobody does anything of their own.
    var isQuiet = false
    private let shape: Shape
    private let agenda: Agenda
    private var random: SeededGenerator
    private let users: [String]
    private let ofUser: [String: [Device]]
    private var circles: [Circle] = []
    private var blocks: Set<[String]> = []
    private var lastCommand = 0

    init(
        _ record: TenantRecord, _ shape: Shape, _ agenda: Agenda, _ random: SeededGenerator,
        device: (_ name: String, _ user: String, _ token: String, _ isService: Bool, SeededGenerator) -> Device
    ) {
        let tenant = record.tenant.text
        var random = random
        users = (0..<shape.users).map { "u\($0)" }
        var devices: [Device] = []
        var ofUser: [String: [Device]] = [:]
        for (number, user) in users.enumerated() {
            // Every other one has two.
            for place in 0..<(number % 2 + 1) {
                let made = device(
                    "\(tenant)/\(user)/\(place)", user, Self.token(tenant, user, "user"), false, random.fork())
                devices.append(made)
                ofUser[user, default: []].append(made)
            }
        }
        devices.append(
            device("\(tenant)/backend/0", "backend", Self.token(tenant, "backend", "service"), true, random.fork()))
        (self.tenant, self.shape, self.agenda, self.devices, self.ofUser) = (tenant, shape, agenda, devices, ofUser)
        self.random = random
    }

    static let secret = Array("a secret that proves nothing to anybody but simulated gateways".utf8)

    private static func token(_ tenant: String, _ user: String, _ role: String) -> String {
        func part(_ bytes: some Sequence<UInt8>) -> String {
            Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
        }
        let claims = #"{"tenant":"\#(tenant)","sub":"\#(user)","exp":4000000000,"role":"\#(role)"}"#
        let head = part(#"{"alg":"HS256","typ":"JWT","kid":"s"}"#.utf8) + "." + part(claims.utf8)
        let proof = HMAC<SHA256>.authenticationCode(for: Data(head.utf8), using: SymmetricKey(data: secret))
        return head + "." + part(proof)
    }

    /// Once everybody is there: what they talk in is made.
    func begin() {
        for _ in 0..<shape.groups {
            let people = Array(users.shuffled(using: &random).prefix(shape.groupSize))
            let id = uuid()
            ask(people[0], .createGroup(id: id, members: Array(people.dropFirst()))) { [weak self] reply in
                if reply != nil { self?.circles.append(Circle(id, people[0], Set(people))) }
            }
        }
        for _ in 0..<shape.directs {
            let people = Array(users.shuffled(using: &random).prefix(2))
            ask(people[0], .createDirect(with: people[1])) { [weak self] reply in
                guard let self, let id = reply?.conversation, !circles.contains(where: { $0.id == id }) else { return }
                circles.append(Circle(id, "", Set(people)))
            }
        }
        for user in users { live(user) }
    }

    private func live(_ user: String) {
        agenda.after(Int64(-Double(shape.pause) * Double.random(in: 0.001..<1, using: &random).logarithm)) {
            [weak self] in
            guard let self else { return }
            if !isQuiet { act(user) }
            live(user)
        }
    }

    private func act(_ user: String) {
        let mine = circles.filter { $0.members.contains(user) }
        switch Double.random(in: 0..<1, using: &random) {
        case ..<0.74:
            for _ in 0..<(random.chance(0.9) ? 1 : Int.random(in: 2...6, using: &random)) {
                if let circle = mine.pick(&random) { say(user, in: circle) }
            }
        case ..<0.84:
            guard let circle = mine.filter({ $0.seq > 0 }).pick(&random) else { return }
            let back = UInt64.random(in: 0...3, using: &random)
            ask(user, .read(conversation: circle.id, seq: circle.seq > back ? circle.seq - back : 1))
        case ..<0.89:
            if let circle = mine.pick(&random) { ask(user, .typing(conversation: circle.id, isActive: true)) }
        case ..<0.94: block(user)
        default: if let circle = circles.filter({ $0.keeper == user }).pick(&random) { keep(circle) }
        }
    }

    private func say(_ user: String, in circle: Circle) {
        let text =
            "\(tenant) \(user) \(lastCommand) " + String(repeating: "x", count: Int.random(in: 0...200, using: &random))
        ask(user, .send(conversation: circle.id, id: uuid(), text: text)) { reply in
            circle.seq = max(circle.seq, reply?.seq ?? 0)
        }
    }

    private func block(_ user: String) {
        let blocked = blocks.filter { $0[0] == user }.map { $0[1] }.sorted()
        if random.chance(0.6), let other = blocked.pick(&random) {
            blocks.remove([user, other])
            ask(user, .unblock(other))
        } else if let other = users.filter({ $0 != user && !blocks.contains([user, $0]) }).pick(&random) {
            blocks.insert([user, other])
            ask(user, .block(other))
        }
    }

    /// The keeper of a group removes somebody, or takes somebody in.
    private func keep(_ circle: Circle) {
        let others = circle.members.subtracting([circle.keeper]).sorted()
        let strangers = Set(users).subtracting(circle.members).sorted()
        if others.count > 1, random.chance(0.5) || strangers.isEmpty, let gone = others.pick(&random) {
            let leaves = random.chance(0.3)
            ask(
                leaves ? gone : circle.keeper,
                leaves ? .leave(conversation: circle.id) : .remove(conversation: circle.id, user: gone)
            ) { reply in
                if reply != nil { circle.members.remove(gone) }
            }
        } else if let new = strangers.pick(&random) {
            ask(circle.keeper, .add(conversation: circle.id, user: new)) { reply in
                if reply != nil { circle.members.insert(new) }
            }
        }
    }

    private func ask(_ user: String, _ op: Command.Op, _ finished: @escaping (Command.Reply?) -> Void = { _ in }) {
        lastCommand += 1
        ofUser[user]?.pick(&random)?.ask(Command(lastCommand, tenant, user, op, finished))
    }

    private func uuid() -> String { UUIDBits(high: random.next(), low: random.next()).text }
}

extension Double {
    fileprivate var logarithm: Double { log(self) }
}
