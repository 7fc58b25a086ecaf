internal import Wire

/// What the notifier needs to know of an event's JSON, which it hands on as it came.
struct EventPeek: Equatable, Sendable {
    var event = ""
    var conversation: ConversationID?
    /// Of a message that is not deleted.
    var message: MessageID?
    /// Of a heartbeat.
    var epoch: String?
    /// As it is written.
    var at: String?
    /// Of a `message.deleted`: the offset of its `message.created`, and which message in which place.
    var emptied: Emptied?

    struct Emptied: Equatable, Sendable {
        let offset: UInt64
        let message: MessageID
        let seq: UInt64
    }

    /// Nil where it is no JSON object, or has no `event`.
    init?(_ json: [UInt8]) {
        var fields: [String: JSONValue] = [:]
        guard (try? Self.read(json, from: 0) { fields[$0] = $1 }) != nil, let name = Self.text(fields["event"], json)
        else { return nil }
        event = name
        conversation = Self.text(fields["conversation"], json).flatMap { ConversationID($0) }
        epoch = Self.text(fields["epoch"], json)
        at = Self.text(fields["at"], json)
        if case .integer(let offset)? = fields["empties"], case .integer(let seq)? = fields["seq"],
            let message = Self.text(fields["id"], json).flatMap({ MessageID($0) })
        {
            emptied = Emptied(offset: offset, message: message, seq: seq)
        }
        guard case .object(let range)? = fields["message"] else { return }
        var inner: [String: JSONValue] = [:]
        guard (try? Self.read(json, from: range.lowerBound) { inner[$0] = $1 }) != nil, inner["deleted"] == nil else {
            return
        }
        message = Self.text(inner["id"], json).flatMap { MessageID($0) }
    }

    private static func read(
        _ json: [UInt8], from start: Int, _ take: (String, JSONValue) -> Void
    ) throws(JSONBroken) {
        var reader = JSONReader(json, at: start)
        try reader.expect(UInt8(ascii: "{"))
        if reader.take(UInt8(ascii: "}")) { return }
        repeat {
            let key = try reader.text()
            try reader.expect(UInt8(ascii: ":"))
            let value = try reader.value(depth: 2)
            if !key.hasEscapes { take(String(decoding: json[key.range], as: UTF8.self), value) }
        } while reader.take(UInt8(ascii: ","))
        try reader.expect(UInt8(ascii: "}"))
    }

    /// Names, ids and epochs hold nothing that JSON escapes.
    private static func text(_ value: JSONValue?, _ json: [UInt8]) -> String? {
        guard case .text(let text)? = value, !text.hasEscapes else { return nil }
        return String(decoding: json[text.range], as: UTF8.self)
    }
}

extension EventPeek {
    /// Of what `PushMessage.body` made.
    static func conversation(ofPush body: [UInt8]) -> String? {
        var found: String?
        try? read(body, from: 0) { if $0 == "conversation" { found = text($1, body) } }
        return found
    }
}
