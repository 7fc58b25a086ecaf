import Wire
import Workload

/// What the terminal knows and does: lines and server frames in, actions out. `Talk` performs them.
struct Chat {
    enum Action: Equatable {
        /// A line for the screen, safe to show.
        case show(String)
        case submit(ref: String, ChatCommand)
        case typing(conversation: String, isActive: Bool)
        case quit
    }

    struct Conversation: Equatable {
        let id: String
        var title: String
        var unread: UInt64
        /// The last message that was shown here.
        var shownSeq: UInt64 = 0
    }

    /// On a terminal the prompt tells who types; piped, a line does.
    let isInteractive: Bool
    /// What was asked for at the start: an id, a title or a person.
    let wanted: String?
    private(set) var me = ""
    var conversations: [String: Conversation] = [:]
    /// Newest activity first.
    var order: [String] = []
    var current: String?
    private(set) var typists: [String: Set<String>] = [:]
    private(set) var isOnline = false
    private var names: [String: String] = [:]
    private var asked: Set<String> = []
    private var awaited: [String: ChatCommand] = [:]
    private var refs = 0
    private var isLoaded = false
    private var linesBefore: [String] = []
    /// Live messages of a conversation whose newest ones are still being read.
    private var held: [String: [JSONTree]] = [:]
    private var cursorsInFlight: Set<String> = []
    private var cursorsWanted: [String: UInt64] = [:]
    private var typedAt: ContinuousClock.Instant?
    let freshID: @Sendable () -> UUIDBits

    init(isInteractive: Bool, wanted: String? = nil, freshID: @escaping @Sendable () -> UUIDBits) {
        self.freshID = freshID
        self.isInteractive = isInteractive
        self.wanted = wanted
    }

    /// Something typed still waits for the conversations to be known.
    var isWaiting: Bool { !linesBefore.isEmpty }

    /// What stands before the line that is being typed.
    var prompt: String {
        guard isOnline else { return "(connecting) > " }
        guard let current, let conversation = conversations[current] else { return "> " }
        let typing = (typists[current] ?? []).sorted().map(name)
        let status = typing.isEmpty ? "" : " (\(typing.joined(separator: ", ")) typing…)"
        return "\(conversation.title)\(status) > "
    }

    func name(_ user: String) -> String { user == me ? "you" : SafeText.line(names[user] ?? user) }

    // What the connection tells.

    mutating func noticed(_ notice: ClientSession.Notice) -> [Action] {
        switch notice {
        case .greeted(let hello, let resumed):
            isOnline = true
            learn(hello["user"])
            let isFirst = me.isEmpty
            me = hello["user"]?["id"]?.text ?? me
            let greeting =
                isFirst ? "* connected as \(SafeText.line(names[me] ?? me)); /help tells more" : "* connected again"
            return [.show(greeting)] + (resumed ? [] : submit(.conversations))
        case .event(let event):
            return happened(event)
        case .answered(let ref, let reply):
            return answered(ref, reply)
        case .lost(let reason, _):
            let wasOnline = isOnline
            isOnline = false
            typists = [:]
            return wasOnline ? [.show("* connection lost (\(SafeText.line(reason))), trying again")] : []
        case .ended(let reason):
            return [.show("* the server says no: \(SafeText.line(reason))"), .quit]
        }
    }

    private mutating func answered(_ ref: String, _ reply: JSONTree) -> [Action] {
        guard let command = awaited.removeValue(forKey: ref) else { return [] }
        guard reply["ok"]?.flag == true else { return failed(command, reply["error"]) }
        switch command {
        case .conversations: return loaded(reply)
        case .newest(let conversation): return newest(of: conversation, reply["messages"]?.list ?? [])
        case .lookBack(let conversation, _):
            return (reply["messages"]?.list ?? []).reduce(into: []) { $0 += show($1, in: conversation) }
        case .members(let conversation): return members(of: conversation, reply["members"]?.list ?? [])
        case .direct, .group:
            let entered = reply["conversation"].flatMap { keep($0) }.map { enter($0) } ?? []
            return entered + enterKeptLines()
        case .user:
            learn(reply["user"])
            return []
        case .people:
            let users = reply["users"]?.list ?? []
            for user in users { learn(user) }
            let lines = users.compactMap { $0["id"]?.text }.map { Action.show("  \(SafeText.line($0))  \(name($0))") }
            return lines.isEmpty ? [.show("* nobody found")] : lines
        case .read(let conversation, _): return cursorMoved(conversation)
        case .block(let user): return [.show("* \(name(user)) is blocked")]
        case .unblock(let user): return [.show("* \(name(user)) is no longer blocked")]
        case .send, .received, .rename, .leave, .add, .remove: return []
        }
    }

    private mutating func failed(_ command: ChatCommand, _ error: JSONTree?) -> [Action] {
        switch command {
        case .user, .received: return []
        case .read(let conversation, _):
            cursorsInFlight.remove(conversation)
            return []
        case .newest(let conversation):
            return newest(of: conversation, [])
        default:
            let kept = enterKeptLines()
            let reason = error?["message"]?.text ?? "no reason given"
            let field = error?["field"]?.text.map { " (\(SafeText.line($0)))" } ?? ""
            return [.show("! \(command.op.rawValue): \(SafeText.line(reason))\(field)")] + kept
        }
    }

    private mutating func loaded(_ reply: JSONTree) -> [Action] {
        let list = reply["conversations"]?.list ?? []
        order = list.compactMap { keep($0) }
        var actions: [Action] = []
        if let current, conversations[current] != nil {
            actions += readNewest(current)
        } else if let found = wanted.map({ find($0) }) ?? order.first {
            actions += enter(found)
        } else if let wanted {
            actions += submit(.direct(user: wanted))
        } else {
            actions.append(.show("* no conversation yet: /new TITLE USER… or /direct USER"))
        }
        isLoaded = true
        return actions + enterKeptLines()
    }

    private mutating func enterKeptLines() -> [Action] {
        let lines = linesBefore
        linesBefore = []
        return lines.reduce(into: []) { $0 += entered($1) }
    }

    private mutating func newest(of conversation: String, _ messages: [JSONTree]) -> [Action] {
        let live = held.removeValue(forKey: conversation) ?? []
        var actions: [Action] = []
        for message in messages + live { actions += showNew(message, in: conversation) }
        let last = (messages + live).compactMap { $0["seq"]?.number }.max()
        if let last, conversation == current { actions += moveCursor(conversation, last) }
        return actions
    }

    private mutating func members(of conversation: String, _ members: [JSONTree]) -> [Action] {
        var actions: [Action] = []
        for member in members {
            guard let user = member["user"]?.text else { continue }
            actions += askName(user)
            let role = SafeText.line(member["role"]?.text ?? "")
            let read = member["read_seq"]?.number ?? 0
            actions.append(.show("  \(SafeText.line(user))  \(name(user))  \(role), read up to \(read)"))
        }
        return actions
    }

    // Events.

    private mutating func happened(_ event: JSONTree) -> [Action] {
        guard let kind = event["event"]?.text else { return [] }
        let conversation = event["conversation"]?.text ?? ""
        switch kind {
        case "message.created", "message.hidden":
            return message(event["message"], in: conversation)
        case "message.deleted":
            return [.show("* message \(event["seq"]?.number ?? 0) in \(title(conversation)) is gone")]
        case "conversation.created", "member.added":
            if let details = event["details"] { keep(details) }
            let what = kind == "member.added" ? "\(names(event["users"])) joined" : "new conversation"
            return [.show("* \(what): \(title(conversation))")] + (current == nil ? enter(conversation) : [])
        case "conversation.updated":
            if let details = event["details"] { keep(details) }
            return [.show("* the conversation is called \(title(conversation)) now")]
        case "member.removed":
            return removed(event, from: conversation)
        case "member.role":
            let user = name(event["user"]?.text ?? "")
            return [.show("* \(user): \(SafeText.line(event["role"]?.text ?? "")) in \(title(conversation))")]
        case "read":
            guard conversation == current, let user = event["user"]?.text, user != me else { return [] }
            return [.show("✓✓ \(name(user)) has read up to \(event["seq"]?.number ?? 0)")]
        case "typing":
            return typing(event["user"]?.text ?? "", isActive: event["active"]?.flag ?? false, in: conversation)
        case "draining":
            return [.show("* the server is about to restart; the talk goes on by itself")]
        default:
            return []
        }
    }

    private mutating func message(_ message: JSONTree?, in conversation: String) -> [Action] {
        guard let message else { return [] }
        order.removeAll { $0 == conversation }
        order.insert(conversation, at: 0)
        guard held[conversation] == nil else {
            held[conversation]?.append(message)
            return []
        }
        var actions = showNew(message, in: conversation)
        let isMine = message["sender"]?.text == me
        if !isMine, let seq = message["seq"]?.number {
            if conversation == current {
                actions += moveCursor(conversation, seq)
            } else {
                conversations[conversation]?.unread += 1
                actions += submit(.received(conversation: conversation, seq: seq))
            }
        }
        return actions
    }

    /// Unless it was shown before.
    private mutating func showNew(_ message: JSONTree, in conversation: String) -> [Action] {
        let seq = message["seq"]?.number ?? 0
        guard seq > conversations[conversation]?.shownSeq ?? 0 else { return [] }
        conversations[conversation]?.shownSeq = seq
        return show(message, in: conversation)
    }

    private mutating func show(_ message: JSONTree, in conversation: String) -> [Action] {
        let seq = message["seq"]?.number ?? 0
        let place = conversation == current ? "" : "[\(title(conversation))] "
        guard message["hidden"]?.flag != true, let sender = message["sender"]?.text else {
            return [.show("\(place)#\(seq) (hidden: you block its sender)")]
        }
        let actions = askName(sender)
        // The time of day alone, in UTC as the server sends it.
        let time = SafeText.line(String((message["at"]?.text ?? "").dropFirst(11).prefix(5)))
        let text = message["deleted"]?.flag == true ? "(deleted)" : SafeText.line(message["text"]?.text ?? "")
        let tick = sender == me ? "  ✓" : ""
        return actions + [.show("\(place)#\(seq) \(time) \(name(sender)): \(text)\(tick)")]
    }

    private mutating func removed(_ event: JSONTree, from conversation: String) -> [Action] {
        let users = event["users"]?.list?.compactMap(\.text) ?? []
        let line = Action.show("* \(names(event["users"])) left \(title(conversation))")
        guard users.contains(me) else { return [line] }
        conversations[conversation] = nil
        order.removeAll { $0 == conversation }
        if current == conversation { current = nil }
        return [line]
    }

    private mutating func typing(_ user: String, isActive: Bool, in conversation: String) -> [Action] {
        if isActive {
            guard typists[conversation, default: []].insert(user).inserted else { return [] }
        } else {
            typists[conversation]?.remove(user)
        }
        let actions = askName(user)
        guard !isInteractive, isActive, conversation == current else { return actions }
        return actions + [.show("* \(name(user)) is typing")]
    }

    // What others of this type use.

    mutating func submit(_ command: ChatCommand) -> [Action] {
        refs += 1
        let ref = "t\(refs)"
        awaited[ref] = command
        return [.submit(ref: ref, command)]
    }

    /// Lines typed before it is known where they go wait: until the conversations are read, or a new one is made.
    mutating func isKept(_ line: String) -> Bool {
        let isMaking = awaited.values.contains { command in
            switch command {
            case .direct, .group: true
            default: false
            }
        }
        guard !isLoaded || isMaking else { return false }
        linesBefore.append(line)
        return true
    }

    mutating func enter(_ conversation: String) -> [Action] {
        current = conversation
        conversations[conversation]?.unread = 0
        conversations[conversation]?.shownSeq = 0
        return [.show("* in \(title(conversation))")] + readNewest(conversation)
    }

    private mutating func readNewest(_ conversation: String) -> [Action] {
        held[conversation] = []
        return submit(.newest(conversation: conversation))
    }

    func title(_ conversation: String) -> String { conversations[conversation]?.title ?? SafeText.line(conversation) }

    /// A conversation by its place in the list, its id, its title, or whom it is with.
    func find(_ text: String) -> String? {
        if let place = Int(text), order.indices.contains(place - 1) { return order[place - 1] }
        if conversations[text] != nil { return text }
        return order.first { conversations[$0]?.title.lowercased() == text.lowercased() }
    }

    /// The person at the keyboard types, or has emptied the line.
    mutating func typed(isEmpty: Bool, now: ContinuousClock.Instant) -> [Action] {
        guard let current else { return [] }
        if isEmpty {
            guard typedAt != nil else { return [] }
            typedAt = nil
            return [.typing(conversation: current, isActive: false)]
        }
        // Renewed at half the time that typing lasts (docs/protocol.md §4).
        if let typedAt, now - typedAt < .milliseconds(Limits.typingMilliseconds / 2) { return [] }
        typedAt = now
        return [.typing(conversation: current, isActive: true)]
    }

    mutating func sent() { typedAt = nil }

    @discardableResult
    private mutating func keep(_ tree: JSONTree) -> String? {
        guard let id = tree["id"]?.text else { return nil }
        learn(tree["other"])
        let other = tree["other"].flatMap { $0["name"]?.text ?? $0["id"]?.text }
        let title = tree["title"]?.text ?? other ?? conversations[id]?.title ?? "conversation \(id.prefix(8))"
        var kept = conversations[id] ?? Conversation(id: id, title: "", unread: 0)
        kept.title = SafeText.line(title)
        kept.unread = tree["unread"]?.number ?? kept.unread
        conversations[id] = kept
        if !order.contains(id) { order.insert(id, at: 0) }
        return id
    }

    private mutating func learn(_ user: JSONTree?) {
        guard let id = user?["id"]?.text, let name = user?["name"]?.text else { return }
        names[id] = name
    }

    private mutating func askName(_ user: String) -> [Action] {
        guard names[user] == nil, user != me, asked.insert(user).inserted else { return [] }
        return submit(.user(user))
    }

    private func names(_ users: JSONTree?) -> String {
        (users?.list ?? []).compactMap(\.text).map(name).joined(separator: ", ")
    }

    /// One command at a time for each conversation: the newest place is what counts.
    private mutating func moveCursor(_ conversation: String, _ seq: UInt64) -> [Action] {
        guard cursorsInFlight.insert(conversation).inserted else {
            cursorsWanted[conversation] = max(cursorsWanted[conversation] ?? 0, seq)
            return []
        }
        return submit(.read(conversation: conversation, seq: seq))
    }

    private mutating func cursorMoved(_ conversation: String) -> [Action] {
        cursorsInFlight.remove(conversation)
        guard let seq = cursorsWanted.removeValue(forKey: conversation) else { return [] }
        return moveCursor(conversation, seq)
    }
}
