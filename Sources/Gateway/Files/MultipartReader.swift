internal import Glibc
internal import NIOCore

/// Finds the one file in a `multipart/form-data` body as it comes in (RFC 7578). A value: bytes in, pieces of the file
/// out. What it holds back is bounded by a delimiter's length, and by `headBytesMax` within a part's head.
struct MultipartReader {
    struct Fault: Error, Equatable {}

    enum Piece: Equatable {
        /// The file begins.
        case file(name: String, type: String?)
        case bytes(ByteBuffer)
    }

    /// Of one part's header fields.
    static let headBytesMax = 8_192
    /// Of all that is not the file: fields of a form, heads of parts, and what stands before the first and behind the last.
    static let otherBytesMax = 65_536

    private enum State {
        case between
        case delimited
        case head
        case file
        case other
        case over
    }

    private let delimiter: [UInt8]
    private var state = State.between
    private var held: ByteBuffer
    private var otherBytes = 0
    private var hasFile = false

    /// The last part has ended, and there was a file.
    var isComplete: Bool { if case .over = state { hasFile } else { false } }

    /// Nil where the field is no `multipart/form-data` with a legal boundary (RFC 2046 §5.1.1).
    init?(contentType: String) {
        let parts = contentType.split(separator: ";")
        guard parts.first?.trimmingBlanks.lowercased() == "multipart/form-data" else { return nil }
        var boundary: Substring?
        for part in parts.dropFirst() {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, sides[0].trimmingBlanks.lowercased() == "boundary" else { continue }
            boundary = sides[1].trimmingBlanks
            if let quoted = boundary, quoted.count >= 2, quoted.first == "\"", quoted.last == "\"" {
                boundary = quoted.dropFirst().dropLast()
            }
        }
        guard let boundary, (1...70).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter has no line before it.
        held = ByteBuffer(string: "\r\n")
    }

    static func isMultipart(_ contentType: String) -> Bool {
        contentType.lowercased().hasPrefix("multipart/")
    }

    /// - Throws: `Fault` where it breaks the form, has a second file, or too much beside the file.
    mutating func feed(_ bytes: ByteBuffer) throws(Fault) -> [Piece] {
        var bytes = bytes
        held.writeBuffer(&bytes)
        var pieces: [Piece] = []
        while try step(&pieces) {}
        held.discardReadBytes()
        return pieces
    }

    /// - Returns: false where more bytes are needed.
    private mutating func step(_ pieces: inout [Piece]) throws(Fault) -> Bool {
        switch state {
        case .between, .other:
            let (content, isEnd) = takeContent()
            try count(other: content.readableBytes)
            if isEnd { state = .delimited }
            return isEnd
        case .file:
            let (content, isEnd) = takeContent()
            if content.readableBytes > 0 { pieces.append(.bytes(content)) }
            if isEnd { state = .delimited }
            return isEnd
        case .delimited:
            guard let next = held.getBytes(at: held.readerIndex, length: 2) else { return false }
            held.moveReaderIndex(forwardBy: 2)
            try count(other: delimiter.count + 2)
            switch next {
            case Array("--".utf8): state = .over
            case Array("\r\n".utf8): state = .head
            default: throw Fault()
            }
            return true
        case .head: return try head(&pieces)
        case .over:
            // An epilogue says nothing (RFC 2046 §5.1.1).
            try count(other: held.readableBytes)
            held.clear()
            return false
        }
    }

    private mutating func count(other bytes: Int) throws(Fault) {
        otherBytes += bytes
        guard otherBytes <= Self.otherBytesMax else { throw Fault() }
    }

    private mutating func head(_ pieces: inout [Piece]) throws(Fault) -> Bool {
        guard let end = place(of: Array("\r\n\r\n".utf8)) else {
            guard held.readableBytes <= Self.headBytesMax else { throw Fault() }
            return false
        }
        guard end <= Self.headBytesMax, let text = held.readString(length: end) else { throw Fault() }
        held.moveReaderIndex(forwardBy: 4)
        try count(other: end + 4)
        var name: String?
        var type: String?
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: true) {
            let sides = line.split(separator: ":", maxSplits: 1)
            guard sides.count == 2 else { throw Fault() }
            switch sides[0].lowercased() {
            // Browsers write a quote in a name as %22 (WHATWG HTML, multipart/form-data encoding).
            case "content-disposition":
                name = ContentDisposition.fileName(String(sides[1]))?.replacingQuotes
            case "content-type": type = String(sides[1].trimmingBlanks)
            default: break
            }
        }
        guard let name else {
            state = .other
            return true
        }
        guard !hasFile else { throw Fault() }
        hasFile = true
        pieces.append(.file(name: name, type: type))
        state = .file
        return true
    }

    /// What is surely no delimiter, and whether one follows, which is taken.
    private mutating func takeContent() -> (ByteBuffer, Bool) {
        if let place = place(of: delimiter), let content = held.readSlice(length: place) {
            held.moveReaderIndex(forwardBy: delimiter.count)
            return (content, true)
        }
        let sure = max(0, held.readableBytes - delimiter.count + 1)
        return (held.readSlice(length: sure) ?? ByteBuffer(), false)
    }

    private func place(of wanted: [UInt8]) -> Int? {
        held.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, let first = wanted.first else { return nil }
            var place = 0
            while place + wanted.count <= bytes.count {
                let left = bytes.count - wanted.count + 1 - place
                guard let found = memchr(start + place, Int32(first), left) else { return nil }
                place = UnsafeRawPointer(found) - start
                if memcmp(start + place, wanted, wanted.count) == 0 { return place }
                place += 1
            }
            return nil
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

extension String {
    fileprivate var replacingQuotes: String {
        split(separator: "%22", omittingEmptySubsequences: false).joined(separator: "\"")
    }
}
