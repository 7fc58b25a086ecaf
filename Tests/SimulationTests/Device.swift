/// One device of one user, by docs/protocol.md §5: comes back with `since`, and sends again, under the same id, what has
/// no final answer.

import Seeded

final class Device {
    /// No answer for so long on a connection that lives: Parley's own bound is 10 s, and a process may be stopped for 8 s.
    private static let answerTime = Microseconds.seconds(40)
    /// `heartbeat_ms` of the simulated gateways and 10 s more.
    private static let silenceMax = Microseconds.seconds(15)

    let name: String
    let tenant: String
    let user: String
    private let token: String
    private let isService: Bool
    private let agenda: Agenda
    private let trace: Trace
    private let history: History
    private var random: SeededGenerator
    /// A gateway that takes a new connection.
    private let reach: (Device) -> (gateway: GatewayNode, line: GatewayNode.Line)?
    /// Takes a frame away on its way in, as a broken Parley would.
    private let loses: (Object) -> Bool

    private var gateway: GatewayNode?
    private var line: GatewayNode.Line?
    private var frames = Frames()
    private var session: Session?
    private(set) var isLetIn = false
    private var position: UInt64?
    private var epoch: String?
    private var heard: Int64 = 0
    private var lastRef = 0
    /// Without a final answer, in their first order.
    private var waiting: [Command] = []
    /// Of the present connection.
    private var refs: [String: Command] = [:]

    init(
        _ name: String, tenant: String, user: String, token: String, isService: Bool, _ agenda: Agenda, _ trace: Trace,
        _ history: History, _ random: SeededGenerator, loses: @escaping (Object) -> Bool = { _ in false },
        reach: @escaping (Device) -> (gateway: GatewayNode, line: GatewayNode.Line)?
    ) {
        (self.name, self.tenant, self.user, self.token, self.isService) = (name, tenant, user, token, isService)
        (self.agenda, self.trace, self.history, self.random) = (agenda, trace, history, random)
        (self.loses, self.reach) = (loses, reach)
        connect(after: self.random.pick(0...Microseconds.milliseconds(500)))
        listen()
    }

    /// Everything is answered, and everything up to `offset` is here.
    func isAtRest(at offset: UInt64) -> Bool { isLetIn && waiting.isEmpty && (session?.position ?? 0) >= offset }

    var state: String {
        "\(name): \(isLetIn ? "let in" : line == nil ? "away" : "at the door"), at \(session?.position ?? 0), waits for "
            + "\(waiting.count)"
    }

    func ask(_ command: Command) {
        history.add(command)
        waiting.append(command)
        if isLetIn { send(command) }
    }

    /// Cuts its own connection.
    func drop() {
        guard let line else { return }
        gateway?.disconnect(line)
        ended(code: nil, on: line)
    }

    // MARK: The connection

    func received(_ bytes: [UInt8], on line: GatewayNode.Line) {
        guard self.line === line else { return }
        heard = agenda.now
        for frame in frames.take(bytes) {
            switch frame {
            case .text(let json):
                trace.add(agenda.now, name, json)
                guard let object = Object(json) else {
                    history.found(.eventDiffers, "\(name) got what is no JSON object")
                    continue
                }
                if loses(object) { continue }
                if object.has("event") { event(object) } else { reply(object) }
            case .ping(let payload): gateway?.receive(Frames.pong(payload), on: line)
            case .close(let code):
                trace.add(agenda.now, "\(name) closed \(code ?? 0)")
                drop()
                return
            }
        }
    }

    func ended(code: UInt16?, on line: GatewayNode.Line) {
        guard self.line === line else { return }
        trace.add(agenda.now, "\(name) ended")
        self.line = nil
        gateway = nil
        session = nil
        isLetIn = false
        refs = [:]
        connect(after: random.pick(0...Microseconds.seconds(1)))
    }

    private func connect(after delay: Int64) {
        agenda.after(delay) { [weak self] in
            guard let self, line == nil else { return }
            guard let (gateway, line) = reach(self) else {
                return connect(after: random.pick(Microseconds.milliseconds(100)...Microseconds.seconds(1)))
            }
            self.gateway = gateway
            self.line = line
            frames = Frames()
            heard = agenda.now
            hello()
        }
    }

    private func hello() {
        let session = Session(
            "\(name)@\(agenda.now)", tenant, user, isService: isService, since: position)
        self.session = session
        history.add(session)
        var since = ""
        if let position, let epoch { since = #","since":\#(position),"epoch":"\#(epoch)""# }
        put(#"{"op":"hello","ref":"hello","protocol":"1","token":"\#(token)"\#(since)}"#)
    }

    /// Gives up a connection that is silent for too long.
    private func listen() {
        agenda.after(Microseconds.seconds(1)) { [weak self] in
            guard let self else { return }
            if line != nil, heard + Self.silenceMax < agenda.now { drop() }
            listen()
        }
    }

    private func put(_ json: String) {
        guard let line else { return }
        trace.add(agenda.now, "\(name) sends", Array(json.utf8))
        gateway?.receive(Frames.text(json), on: line)
    }

    // MARK: Commands

    private func send(_ command: Command) {
        lastRef += 1
        let ref = String(lastRef)
        if command.sent == nil { command.sent = agenda.now }
        refs[ref] = command
        put(command.json(ref: ref))
        agenda.after(Self.answerTime) { [weak self, weak line] in
            guard let self, let line, self.line === line, refs[ref] != nil else { return }
            history.found(.unanswered, "\(command.op) of \(name)")
            refs[ref] = nil
        }
    }

    private func reply(_ object: Object) {
        guard let ref = object.text("ref") else { return }
        if ref == "hello" { return greeted(object) }
        guard let command = refs.removeValue(forKey: ref) else {
            return history.found(.answeredTwice, "\(ref) at \(name)")
        }
        guard !object.flag("ok") else {
            command.acknowledged = agenda.now
            return end(
                command,
                Command.Reply(
                    offset: object.number("offset"), seq: object.number("seq"),
                    conversation: object["conversation"]?.text("id")))
        }
        let error = object["error"]
        let code = error?.text("code") ?? ""
        guard Command.undecided.contains(code) else {
            command.refusal = code
            return end(command, nil)
        }
        // Nobody waits for what ends by itself.
        if case .typing = command.op { return end(command, nil) }
        let wait = Int64(error?.number("retry_after_ms") ?? 100)
        agenda.after(Microseconds.milliseconds(min(wait, 2_000)) + random.pick(0...200_000)) { [weak self] in
            guard let self, isLetIn, !command.isFinal, !refs.values.contains(where: { $0 === command }) else { return }
            send(command)
        }
    }

    private func end(_ command: Command, _ reply: Command.Reply?) {
        command.reply = reply
        waiting.removeAll { $0 === command }
        command.finished(reply)
    }

    private func greeted(_ object: Object) {
        guard object.flag("ok"), let session, let offset = object.number("offset") else { return }
        isLetIn = true
        session.isResumed = object.flag("resumed")
        session.start = session.isResumed ? session.since ?? 0 : offset
        session.position = session.start ?? 0
        if !session.isResumed { position = offset }
        epoch = object.text("epoch")
        for command in waiting {
            if case .typing = command.op { end(command, nil) } else { send(command) }
        }
    }

    // MARK: Events

    private func event(_ object: Object) {
        guard let session, let name = object.text("event") else { return }
        let offset = object.number("offset")
        if name == "mark" {
            session.position = max(session.position, offset ?? 0)
        } else if name != "draining", name != "token.expiring" {
            let message = object["message"]
            session.events.append(
                Seen(
                    at: agenda.now, name: name, offset: offset, conversation: object.text("conversation"),
                    seq: object.number("seq"), id: message?.text("id"), sender: message?.text("sender"),
                    text: message?.text("text"), user: object.text("user"), position: session.position))
            session.position = max(session.position, offset ?? 0)
        }
        position = max(position ?? 0, session.position)
    }
}
