/// The head of an HTTP/1.1 request, as far as a WebSocket handshake needs it, read strictly: no folded lines, no bare
/// line feeds, no spaces around names. Of what a browser sends, only what is asked for becomes text.
struct RequestHead {
    let method: String
    let version: String
    private let bytes: [UInt8]
    private var fields: [(name: Range<Int>, value: Range<Int>)] = []

    /// More than any browser sends, and what bounds the work for one head.
    static let fieldsMax = 100

    /// - Parameter bytes: without the empty line at its end; nil where it is no such head.
    init?(_ bytes: [UInt8]) {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        self.bytes = bytes
        let first = Self.line(from: 0, bytes)
        let words = bytes[first.line].split(
            separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard first.isWhole, words.count == 3 else { return nil }
        method = String(decoding: words[0], as: UTF8.self)
        version = String(decoding: words[2], as: UTF8.self)
        var next = first.next
        while let start = next {
            let (line, isWhole, following) = Self.line(from: start, bytes)
            guard isWhole, fields.count < Self.fieldsMax, let field = Self.field(line, bytes) else { return nil }
            fields.append(field)
            next = following
        }
    }

    var fieldCount: Int { fields.count }

    /// All values under a name in lower case.
    func values(_ name: String) -> [String] {
        fields.filter { isNamed($0.name, name) }.map { String(decoding: bytes[$0.value], as: UTF8.self) }
    }

    /// The comma-separated tokens of all fields of that name, without the spaces around them.
    func tokens(_ name: String) -> [String] {
        fields.filter { isNamed($0.name, name) }.flatMap { field in
            bytes[field.value].split(separator: UInt8(ascii: ",")).map { token in
                String(decoding: bytes[Self.trimmed(token.indices, bytes)], as: UTF8.self)
            }
        }
    }

    private func isNamed(_ field: Range<Int>, _ name: String) -> Bool {
        field.count == name.utf8.count && zip(bytes[field], name.utf8).allSatisfy { Self.lowercased($0) == $1 }
    }

    /// Every line but the last, whose end is the empty line's, ends in CR LF.
    private static func line(from start: Int, _ bytes: [UInt8]) -> (line: Range<Int>, isWhole: Bool, next: Int?) {
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            return (start..<bytes.count, true, nil)
        }
        guard end > start, bytes[end - 1] == UInt8(ascii: "\r") else { return (start..<end, false, nil) }
        return (start..<end - 1, true, end + 1)
    }

    private static func field(_ line: Range<Int>, _ bytes: [UInt8]) -> (name: Range<Int>, value: Range<Int>)? {
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else { return nil }
        let name = line.lowerBound..<colon
        let value = trimmed(colon + 1..<line.upperBound, bytes)
        guard bytes[name].allSatisfy(isToken),
            bytes[value].allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
        else { return nil }
        return (name, value)
    }

    private static func trimmed(_ range: Range<Int>, _ bytes: [UInt8]) -> Range<Int> {
        let isSpace = { (place: Int) in bytes[place] == 0x20 || bytes[place] == 0x09 }
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isSpace(start) { start += 1 }
        while start < end, isSpace(end - 1) { end -= 1 }
        return start..<end
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
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
