/// Judges one tenant's history against what is stored in the end.
struct Verdict {
    private let tenant: String
    private let log: StoredLog
    private let commands: [Command]
    private let sessions: [Session]
    /// When the command behind each change of a block left first.
    private var blockSent: [UInt64: Int64] = [:]
    private(set) var findings: [Finding] = []

    init(_ tenant: String, _ log: StoredLog, _ history: History) {
        self.tenant = tenant
        self.log = log
        commands = history.commands.filter { $0.tenant == tenant }
        sessions = history.sessions.filter { $0.tenant == tenant }
        for command in commands {
            guard let offset = command.reply?.offset, let sent = command.sent else { continue }
            switch command.op {
            case .block, .unblock: blockSent[offset] = min(blockSent[offset] ?? sent, sent)
            default: break
            }
        }
        judgeStore()
        judgeCommands()
        judgeOrder()
        judgeReads()
        for session in sessions { judge(session) }
    }

    private mutating func found(_ rule: Finding.Rule, _ detail: String) {
        findings.append(Finding(rule, "\(tenant): \(detail)"))
    }

    // MARK: The store by itself

    private mutating func judgeStore() {
        for fault in log.faults { found(.brokenFile, fault) }
        var seqs: [String: UInt64] = [:]
        var ids: [String: UInt64] = [:]
        var texts: [String: UInt64] = [:]
        for offset in log.entries.keys.sorted() {
            guard let entry = log.entries[offset], entry.isMessage, let conversation = entry.conversation,
                let seq = entry.seq, let id = entry.id, let text = entry.text, let sender = entry.sender
            else { continue }
            if seq != seqs[conversation, default: 0] + 1 { found(.seqHole, "\(seq) in \(conversation) at \(offset)") }
            seqs[conversation] = seq
            if let former = ids.updateValue(offset, forKey: id) ?? texts.updateValue(offset, forKey: text) {
                found(.storedTwice, "message \(id) at \(former) and \(offset)")
            }
            for other in log.directs[conversation] ?? [] where other != sender {
                if log.isBlocked(other, by: sender, at: offset) || log.isBlocked(sender, by: other, at: offset) {
                    found(.acrossBlock, "message \(id) is stored at \(offset)")
                }
            }
        }
    }

    // MARK: Commands

    private var messages: [String: StoredLog.Entry] {
        var messages: [String: StoredLog.Entry] = [:]
        for entry in log.entries.values { if entry.isMessage, let id = entry.id { messages[id] = entry } }
        return messages
    }

    private mutating func judgeCommands() {
        let messages = messages
        for command in commands {
            if case .send(let conversation, let id, _) = command.op {
                let entry = messages[id]
                if let code = command.refusal, let entry, !isExcused(command, code, entry) {
                    found(.storedThoughRefused, "message \(id): \(code)")
                }
                guard let reply = command.reply else { continue }
                let what = "message \(id) of \(command.user), seq \(reply.seq ?? 0), offset \(reply.offset ?? 0)"
                guard let entry else {
                    found(.acknowledgedMissing, what)
                    continue
                }
                if entry.offset != reply.offset || entry.seq != reply.seq || entry.conversation != conversation
                    || entry.sender != command.user
                {
                    found(.acknowledgedDiffers, "\(what): stored \(entry)")
                }
            } else if let offset = command.reply?.offset, offset > 0, let name = command.op.event {
                guard let entry = log.entries[offset] else {
                    found(.acknowledgedMissing, "\(command.op) of \(command.user) at \(offset)")
                    continue
                }
                // Who is a member, or blocked, already is told where that began.
                if entry.name != name, !(name == "member.added" && entry.name == "conversation.created") {
                    found(.acknowledgedDiffers, "\(command.op) of \(command.user) at \(offset): \(entry.name)")
                }
            }
        }
    }

    /// Rights are looked at before repeats are recognised: who was removed meanwhile is told so, whatever is stored, be
    /// it the device that sends again or the gateway, whose router has died.
    private func isExcused(_ command: Command, _ code: String, _ entry: StoredLog.Entry) -> Bool {
        Command.ofRights.contains(code)
            && log.isEnded(command.user, of: entry.conversation ?? "", after: entry.offset)
    }

    /// What was acknowledged before another message left stands before it.
    private mutating func judgeOrder() {
        let messages = messages
        var moments: [(at: Int64, isSending: Bool, offset: UInt64)] = []
        for command in commands {
            guard case .send(_, let id, _) = command.op, let offset = messages[id]?.offset, let sent = command.sent
            else { continue }
            moments.append((sent, true, offset))
            if let acknowledged = command.acknowledged { moments.append((acknowledged, false, offset)) }
        }
        var newest: UInt64 = 0
        for moment in moments.sorted(by: { ($0.at, $0.isSending ? 1 : 0) < ($1.at, $1.isSending ? 1 : 0) }) {
            if !moment.isSending {
                newest = max(newest, moment.offset)
            } else if moment.offset < newest {
                found(.outOfOrder, "what left after \(newest) was acknowledged is at \(moment.offset)")
            }
        }
    }

    /// A read mark never stands before one that was acknowledged when the command left.
    private mutating func judgeReads() {
        var moments: [StoredLog.Pair: [(at: Int64, isSending: Bool, seq: UInt64)]] = [:]
        for command in commands {
            guard case .read(let conversation, _) = command.op, let seq = command.reply?.seq, let sent = command.sent,
                let acknowledged = command.acknowledged
            else { continue }
            let pair = StoredLog.Pair(one: command.user, other: conversation)
            // Who was taken in anew may begin later, never earlier.
            moments[pair, default: []] += [(sent, true, seq), (acknowledged, false, seq)]
        }
        for (pair, moments) in moments.sorted(by: { ($0.key.one, $0.key.other) < ($1.key.one, $1.key.other) }) {
            var highest: UInt64 = 0
            for moment in moments.sorted(by: { ($0.at, $0.isSending ? 1 : 0) < ($1.at, $1.isSending ? 1 : 0) }) {
                if !moment.isSending {
                    highest = max(highest, moment.seq)
                } else if moment.seq < highest {
                    found(.readMovedBack, "\(pair.one) in \(pair.other): \(moment.seq) after \(highest)")
                }
            }
        }
    }

    // MARK: Deliveries

    /// A cursor as a connection was told of it.
    private struct Mark {
        let seq: UInt64
        let durables: Int
    }

    private mutating func judge(_ session: Session) {
        guard let start = session.start else { return }
        if !session.isResumed, let since = session.since, since <= log.newest {
            found(.notResumed, "\(session.name) came with \(since)")
        }
        var seen: Set<UInt64> = []
        var marks: [StoredLog.Pair: Mark] = [:]
        for event in session.events {
            guard let offset = event.offset else {
                judgePassing(event, session, durables: seen.count, &marks)
                continue
            }
            let what = "\(session.name) got \(event.name) \(offset)"
            guard seen.insert(offset).inserted else {
                found(.deliveredTwice, what)
                continue
            }
            if offset <= event.position {
                found(offset <= start ? .deliveredTwice : .outOfOrder, "\(what) when it was at \(event.position)")
            }
            judge(event, offset, session, what)
        }
        guard session.position > start else { return }
        let missing = (start + 1...session.position).filter { offset in
            guard !seen.contains(offset), let entry = log.entries[offset] else { return false }
            return log.concerns(session, entry)
        }
        if let first = missing.first {
            found(
                .notDelivered,
                "\(session.name) had \(start), has up to \(session.position), and lacks \(missing.count): \(first) "
                    + "(\(log.entries[first]?.name ?? "?"))")
        }
    }

    private mutating func judge(_ event: Seen, _ offset: UInt64, _ session: Session, _ what: String) {
        let isHidden = event.name == "message.hidden"
        guard let entry = log.entries[offset], entry.conversation == event.conversation,
            entry.name == event.name || isHidden && entry.isMessage,
            !entry.isMessage
                || entry.id == event.id && entry.seq == event.seq
                    && (isHidden || entry.sender == event.sender && entry.text == event.text)
        else {
            // A text begins with its tenant's name, so that a stranger's shows.
            let isForeign = event.text.map { !$0.hasPrefix(tenant + " ") } ?? false
            return found(isForeign ? .acrossTenants : .eventDiffers, what)
        }
        guard log.concerns(session, entry) else { return found(.toNonMember, what) }
        guard entry.isMessage, !session.isService, let sender = entry.sender else { return }
        // Shown or hidden by a block that held at some moment from the message's own on to the delivery's.
        var possible: Set = [log.isBlocked(sender, by: session.user, at: offset)]
        for change in log.blockChanges(of: sender, by: session.user, after: offset) {
            if blockSent[change.offset] ?? 0 > event.at { break }
            possible.insert(change.holds)
        }
        // Where a block stands a direct conversation takes no message, so that none is hidden.
        if sender == session.user || log.directs[entry.conversation ?? ""] != nil { possible = [false] }
        if !possible.contains(isHidden) {
            found(isHidden ? .hiddenWithoutBlock : .acrossBlock, "\(what) by \(sender)")
        }
    }

    /// `read`, `received` and `typing` have no offset; their place is among the durable ones.
    ///
    /// - Parameter durables: how many durable events came before it. Of marks between the same two, which have no order of
    ///   their own, an older one may follow a newer (docs/reliability.md).
    private mutating func judgePassing(
        _ event: Seen, _ session: Session, durables: Int, _ marks: inout [StoredLog.Pair: Mark]
    ) {
        guard let conversation = event.conversation, let user = event.user else { return }
        let what = "\(session.name) got \(event.name) of \(user) in \(conversation) at \(event.position)"
        if !session.isService {
            if !log.isMember(session.user, of: conversation, after: event.position) {
                found(.toNonMember, what)
            } else if user != session.user, isWalled(session.user, user, event) || isWalled(user, session.user, event) {
                found(.acrossBlock, what)
            }
        }
        guard event.name == "read", let seq = event.seq else { return }
        let pair = StoredLog.Pair(one: user, other: conversation)
        guard let former = marks[pair], seq < former.seq else {
            marks[pair] = Mark(seq: seq, durables: durables)
            return
        }
        if durables > former.durables { found(.readMovedBack, "\(what): \(seq) after \(former.seq)") }
    }

    /// Whether one blocks the other since before the connection's position, and for good as far as anybody could know.
    private func isWalled(_ blocker: String, _ other: String, _ event: Seen) -> Bool {
        log.isBlocked(other, by: blocker, at: event.position)
            && log.blockChanges(of: other, by: blocker, after: event.position).allSatisfy { change in
                change.holds || blockSent[change.offset] ?? 0 > event.at
            }
    }
}

extension Command.Op {
    /// The durable event that it leads to, where its reply names the offset.
    fileprivate var event: String? {
        switch self {
        case .add: "member.added"
        case .remove, .leave: "member.removed"
        case .block: "block.added"
        case .unblock: "block.removed"
        case .send, .createGroup, .createDirect, .read, .typing: nil
        }
    }
}
