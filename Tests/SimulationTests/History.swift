/// What a client asked for, and what became of it.
final class Command {
    enum Op: Equatable {
        case send(conversation: String, id: String, text: String)
        case createGroup(id: String, members: [String])
        case createDirect(with: String)
        case add(conversation: String, user: String)
        case remove(conversation: String, user: String)
        case leave(conversation: String)
        case block(String)
        case unblock(String)
        case read(conversation: String, seq: UInt64)
        case typing(conversation: String, isActive: Bool)
    }

    struct Reply {
        let offset: UInt64?
        let seq: UInt64?
        let conversation: String?
    }

    /// After these nobody knows whether it happened: the client asks again. All others are final.
    static let undecided: Set = ["unavailable", "overloaded", "internal", "rate_limited"]
    static let ofRights: Set = ["not_found", "forbidden"]

    let number: Int
    let tenant: String
    let user: String
    let op: Op
    /// When it first left.
    var sent: Int64?
    var acknowledged: Int64?
    var reply: Reply?
    var refusal: String?
    /// Called with the final answer; nil: refused.
    let finished: (Reply?) -> Void

    init(_ number: Int, _ tenant: String, _ user: String, _ op: Op, _ finished: @escaping (Reply?) -> Void) {
        (self.number, self.tenant, self.user, self.op, self.finished) = (number, tenant, user, op, finished)
    }

    var isFinal: Bool { reply != nil || refusal != nil }

    func json(ref: String) -> String {
        let (name, fields): (String, String) =
            switch op {
            case .send(let conversation, let id, let text):
                ("message.send", #""conversation":"\#(conversation)","id":"\#(id)","text":"\#(text)""#)
            case .createGroup(let id, let members):
                (
                    "conversation.create",
                    #""kind":"group","id":"\#(id)","members":[\#(members.map { "\"\($0)\"" }.joined(separator: ","))]"#
                )
            case .createDirect(let other): ("conversation.create", #""kind":"direct","members":["\#(other)"]"#)
            case .add(let conversation, let user):
                ("member.add", #""conversation":"\#(conversation)","users":["\#(user)"]"#)
            case .remove(let conversation, let user):
                ("member.remove", #""conversation":"\#(conversation)","users":["\#(user)"]"#)
            case .leave(let conversation): ("conversation.leave", #""conversation":"\#(conversation)""#)
            case .block(let user): ("block.add", #""user":"\#(user)""#)
            case .unblock(let user): ("block.remove", #""user":"\#(user)""#)
            case .read(let conversation, let seq): ("read", #""conversation":"\#(conversation)","seq":\#(seq)"#)
            case .typing(let conversation, let isActive):
                ("typing", #""conversation":"\#(conversation)","active":\#(isActive)"#)
            }
        return #"{"op":"\#(name)","ref":"\#(ref)",\#(fields)}"#
    }
}

/// An event as a connection got it.
struct Seen {
    let at: Int64
    let name: String
    let offset: UInt64?
    let conversation: String?
    let seq: UInt64?
    /// Of a message.
    let id: String?
    let sender: String?
    let text: String?
    /// Whom a `read`, `received` or `typing` is about.
    let user: String?
    /// Where the connection stood before it.
    let position: UInt64
}

/// One connection from its `hello` on.
final class Session {
    let name: String
    let tenant: String
    let user: String
    let isService: Bool
    let since: UInt64?
    /// Where it began, once it is let in.
    var start: UInt64?
    var isResumed = false
    /// Everything up to here came, or was there before.
    var position: UInt64 = 0
    var events: [Seen] = []

    init(_ name: String, _ tenant: String, _ user: String, isService: Bool, since: UInt64?) {
        (self.name, self.tenant, self.user, self.isService, self.since) = (name, tenant, user, isService, since)
    }
}

/// All that all clients did and saw.
final class History {
    private(set) var commands: [Command] = []
    private(set) var sessions: [Session] = []
    /// What is wrong on the face of it.
    private(set) var findings: [Finding] = []

    func add(_ command: Command) { commands.append(command) }
    func add(_ session: Session) { sessions.append(session) }
    func found(_ rule: Finding.Rule, _ detail: String) { findings.append(Finding(rule, detail)) }

    var acknowledgedMessages: Int {
        commands.count { if case .send = $0.op { $0.reply != nil } else { false } }
    }
}

/// A promise that was broken (docs/reliability.md).
struct Finding: CustomStringConvertible, Sendable {
    enum Rule: String, CaseIterable, Sendable {
        case acknowledgedMissing = "acknowledged but missing"
        case acknowledgedDiffers = "acknowledged as something else than what is stored"
        case notDelivered = "not delivered"
        case notResumed = "a position within the log was not resumed"
        case offsetHole = "a hole in the offsets"
        case seqHole = "a hole in the seqs"
        case storedTwice = "stored twice"
        case deliveredTwice = "delivered twice"
        case outOfOrder = "out of order"
        case readMovedBack = "a read mark that moved back"
        case toNonMember = "delivered to a non-member"
        case acrossBlock = "delivered across a block"
        case acrossTenants = "delivered to another tenant"
        case storedThoughRefused = "stored though refused"
        case eventDiffers = "an event that differs from the log"
        case hiddenWithoutBlock = "hidden without a block"
        case brokenFile = "a file that fails its check"
        case notWellAgain = "not well again in time"
        case unanswered = "a command without an answer"
        case answeredTwice = "an answer that nobody waits for"
    }

    let rule: Rule
    let detail: String

    init(_ rule: Rule, _ detail: String) { (self.rule, self.detail) = (rule, detail) }

    var description: String { "\(rule.rawValue): \(detail)" }
}
