/// Finds a server's frames in bytes, without copying any (RFC 6455 §5.2; a server masks nothing).
enum FrameScanner {
    struct Found: Equatable {
        let opcode: UInt8
        let payload: Range<Int>
        /// Where the next frame begins.
        let end: Int
    }

    /// The frame that begins at `start`; nil where it is not there in full.
    static func frame(in bytes: UnsafeRawBufferPointer, from start: Int) -> Found? {
        guard bytes.count - start >= 2 else { return nil }
        let opcode = bytes[start] & 0x0F
        var length = Int(bytes[start + 1] & 0x7F)
        var head = 2
        if length == 126 {
            guard bytes.count - start >= 4 else { return nil }
            length = Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
            head = 4
        } else if length == 127 {
            guard bytes.count - start >= 10 else { return nil }
            length = 0
            for place in 2..<10 { length = length << 8 | Int(bytes[start + place]) }
            head = 10
        }
        guard length >= 0, bytes.count - start - head >= length else { return nil }
        let first = start + head
        return Found(opcode: opcode, payload: first..<first + length, end: first + length)
    }
}

/// A client's frames. The mask is there, as the contract of WebSockets demands, and zero: masking would only cost the
/// load generator time.
enum LoadFrame {
    static let text: UInt8 = 1
    static let close: UInt8 = 8
    static let ping: UInt8 = 9
    static let pong: UInt8 = 10

    static func append(_ payload: some Collection<UInt8>, opcode: UInt8 = text, to bytes: inout [UInt8]) {
        bytes.append(0x80 | opcode)
        switch payload.count {
        case ..<126:
            bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536:
            bytes.append(0x80 | 126)
            bytes.append(UInt8(payload.count >> 8))
            bytes.append(UInt8(payload.count & 0xFF))
        default:
            bytes.append(0x80 | 127)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(payload.count >> shift & 0xFF)) }
        }
        bytes.append(contentsOf: [0, 0, 0, 0])
        bytes.append(contentsOf: payload)
    }
}
