import Wire
import Workload

extension Chat {
    /// What `/help` shows.
    static let help = [
        "  text                  sent to the conversation you are in (//text begins with a slash)",
        "  /list                 your conversations; /join N, /join TITLE goes to one",
        "  /direct USER          talk with one person",
        "  /new TITLE USER…      a new group (a title of several words in \"quotes\")",
        "  /history [SEQ]        the messages before SEQ, or the newest",
        "  /who                  who is here and how far they have read",
        "  /find NAME            people by name or id",
        "  /add USER…, /remove USER…, /title TEXT, /leave",
        "  /block USER, /unblock USER",
        "  /quit                 times are UTC; ✓ is stored, ✓✓ is read",
    ]

    /// A whole line of input.
    mutating func entered(_ line: String) -> [Action] {
        sent()
        let line = line.trimmed
        guard !line.isEmpty else { return [] }
        if line == "/quit" { return [.quit] }
        if line == "/help" { return Self.help.map { .show($0) } }
        guard !isKept(line) else { return [] }
        guard line.hasPrefix("/"), !line.hasPrefix("//") else {
            let text = line.hasPrefix("//") ? String(line.dropFirst()) : line
            let id = MessageID(bits: freshID())
            return inCurrent { .send(conversation: $0, id: id, text: text) }
        }
        var words = Self.words(line)
        let name = words.removeFirst()
        switch name {
        case "/list": return list()
        case "/join": return join(words.joined(separator: " "))
        case "/direct": return one(words) { .direct(user: $0) }
        case "/new":
            guard let title = words.first else { return usage(name) }
            let id = ConversationID(bits: freshID())
            return submit(.group(id: id, title: title, members: Array(words.dropFirst())))
        case "/history":
            guard words.first.map({ UInt64($0) != nil }) ?? true else { return usage(name) }
            return inCurrent { .lookBack(conversation: $0, before: words.first.flatMap { UInt64($0) }) }
        case "/who": return inCurrent { .members(conversation: $0) }
        case "/find": return words.isEmpty ? usage(name) : submit(.people(query: words.joined(separator: " ")))
        case "/add": return words.isEmpty ? usage(name) : inCurrent { .add(conversation: $0, users: words) }
        case "/remove": return words.isEmpty ? usage(name) : inCurrent { .remove(conversation: $0, users: words) }
        case "/title":
            return words.isEmpty
                ? usage(name) : inCurrent { .rename(conversation: $0, title: words.joined(separator: " ")) }
        case "/leave": return inCurrent { .leave(conversation: $0) }
        case "/block": return one(words) { .block(user: $0) }
        case "/unblock": return one(words) { .unblock(user: $0) }
        default: return [.show("! \(SafeText.line(name)) is no command; /help lists them")]
        }
    }

    /// Split at spaces, but for what stands in double quotes.
    static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isWord = false
        for character in line {
            switch character {
            case "\"":
                isQuoted.toggle()
                isWord = true
            case " " where !isQuoted:
                if isWord { words.append(word) }
                word = ""
                isWord = false
            default:
                word.append(character)
                isWord = true
            }
        }
        if isWord { words.append(word) }
        return words
    }

    private func list() -> [Action] {
        guard !order.isEmpty else { return [.show("* no conversation yet: /new TITLE USER… or /direct USER")] }
        return order.enumerated().map { place, id in
            let unread = conversations[id]?.unread ?? 0
            let mark = id == current ? "*" : " "
            return .show("\(mark) \(place + 1)  \(title(id))\(unread > 0 ? "  (\(unread) unread)" : "")")
        }
    }

    private mutating func join(_ text: String) -> [Action] {
        guard let found = find(text) else { return [.show("! no such conversation; /list shows them")] }
        return enter(found)
    }

    private mutating func inCurrent(_ command: (String) -> ChatCommand) -> [Action] {
        guard let current else { return [.show("! you are in no conversation: /list, /new or /direct")] }
        return submit(command(current))
    }

    private mutating func one(_ words: [String], _ command: (String) -> ChatCommand) -> [Action] {
        guard let word = words.first, words.count == 1 else { return [.show("! one user id, please")] }
        return submit(command(word))
    }

    private func usage(_ name: String) -> [Action] {
        Self.help.filter { $0.contains(name) }.map { .show($0) }
    }
}

extension String {
    fileprivate var trimmed: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return String(rest)
    }
}
