/// The head of an HTTP/1.1 request, as far as a WebSocket handshake needs it, read strictly: no folded lines, no bare
/// line feeds, no spaces around names.
struct RequestHead: Equatable {
    let method: String
    let target: String
    let version: String
    /// Names in lower case, in order.
    private(set) var fields: [(name: String, value: String)] = []

    /// More than any browser sends, and what bounds the work for one head.
    static let fieldsMax = 100

    /// - Parameter bytes: without the empty line at its end; nil where it is no such head.
    init?(_ bytes: some BidirectionalCollection<UInt8>) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst() else { return nil }
        // Every line but the last, whose end is the empty line's, ends in CR.
        guard lines.isEmpty || first.last == UInt8(ascii: "\r") else { return nil }
        let words = (lines.isEmpty ? first[...] : first.dropLast()).split(
            separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 3 else { return nil }
        method = String(Substring(words[0]))
        target = String(Substring(words[1]))
        version = String(Substring(words[2]))
        guard lines.count <= Self.fieldsMax else { return nil }
        while let line = lines.popFirst() {
            guard lines.isEmpty || line.last == UInt8(ascii: "\r") else { return nil }
            guard let field = Self.field(lines.isEmpty ? line[...] : line.dropLast()) else { return nil }
            fields.append(field)
        }
    }

    static func == (one: RequestHead, other: RequestHead) -> Bool {
        one.method == other.method && one.target == other.target && one.version == other.version
            && one.fields.elementsEqual(other.fields, by: ==)
    }

    /// All values under a name in lower case.
    func values(_ name: String) -> [String] {
        fields.compactMap { $0.name == name ? $0.value : nil }
    }

    /// The comma-separated tokens of all fields of that name, without the spaces around them.
    func tokens(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring(Self.trimmed($0))) }
        }
    }

    private static func field(_ line: Substring.UTF8View) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return nil }
        let name = line[..<colon]
        let value = trimmed(line[line.index(after: colon)...])
        guard name.allSatisfy(isToken), value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { return nil }
        return (Substring(name).lowercased(), String(Substring(value)))
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text = text.dropLast() }
        return text
    }

    /// - Source: RFC 9110 §5.6.2, `tchar`.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
