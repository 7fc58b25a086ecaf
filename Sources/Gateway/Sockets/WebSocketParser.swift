internal import NIOCore
internal import Wire

/// Reads a client's frames (RFC 6455 §5) and puts fragmented messages together. Every limit is checked as soon as the
/// length is known, before a byte of the payload is kept.
struct WebSocketParser {
    enum Input: Equatable {
        /// A whole text message; not yet checked to be UTF-8.
        case text([UInt8])
        case binary
        case ping([UInt8])
        case pong
        /// The client's close: its code, nil where it named none.
        case close(UInt16?)
        /// The client broke the protocol or a limit; nothing after it means anything.
        case violation(CloseCode)
    }

    /// For one message, all its fragments together.
    var messageBytesMax: Int
    private var fragments: [UInt8]?
    private var isFragmentBinary = false
    /// Where the next frame begins is not known any longer.
    private var isBroken = false

    init(messageBytesMax: Int) { self.messageBytesMax = messageBytesMax }

    /// Takes the next whole message or control frame; nil where more bytes are needed, which then stay in `buffer`.
    mutating func next(from buffer: inout ByteBuffer) -> Input? {
        while !isBroken {
            switch step(&buffer) {
            case .needsMore: return nil
            case .goOn: continue
            case .input(let input):
                if case .violation = input { isBroken = true }
                return input
            }
        }
        buffer.clear()
        return nil
    }

    private enum Step {
        case needsMore
        case goOn
        case input(Input)
    }

    private mutating func step(_ buffer: inout ByteBuffer) -> Step {
        let start = buffer.readerIndex
        guard let (first, second) = buffer.getMultipleIntegers(at: start, as: (UInt8, UInt8).self) else {
            return .needsMore
        }
        // No extension is negotiated, so no reserved bit may be set; a client's frames are masked.
        guard first & 0x70 == 0, second & 0x80 != 0, let opcode = WebSocketFrame.Opcode(rawValue: first & 0x0F) else {
            return .input(.violation(.protocolError))
        }
        let isFinal = first & 0x80 != 0
        var headerBytes = 2
        var length = UInt64(second & 0x7F)
        if length == 126 {
            guard let long = buffer.getInteger(at: start + 2, as: UInt16.self) else { return .needsMore }
            (length, headerBytes) = (UInt64(long), 4)
        } else if length == 127 {
            guard let long = buffer.getInteger(at: start + 2, as: UInt64.self) else { return .needsMore }
            (length, headerBytes) = (long, 10)
        }
        if let fault = fault(opcode, isFinal: isFinal, length: length) { return .input(.violation(fault)) }
        // Below the limit of a message, so it fits.
        let count = Int(length)
        guard let mask = buffer.getInteger(at: start + headerBytes, as: UInt32.self),
            buffer.readableBytes >= headerBytes + 4 + count
        else { return .needsMore }
        buffer.moveReaderIndex(forwardBy: headerBytes + 4)
        let payload = Self.unmasked(&buffer, count: count, mask: mask)
        return take(opcode, isFinal: isFinal, payload)
    }

    private func fault(_ opcode: WebSocketFrame.Opcode, isFinal: Bool, length: UInt64) -> CloseCode? {
        switch opcode {
        case .ping, .pong, .close:
            return isFinal && length <= 125 ? nil : .protocolError
        case .continuation:
            guard let fragments else { return .protocolError }
            return length <= UInt64(max(messageBytesMax - fragments.count, 0)) ? nil : .tooLarge
        case .text, .binary:
            guard fragments == nil else { return .protocolError }
            return length <= UInt64(messageBytesMax) ? nil : .tooLarge
        }
    }

    private mutating func take(_ opcode: WebSocketFrame.Opcode, isFinal: Bool, _ payload: [UInt8]) -> Step {
        switch opcode {
        case .ping: return .input(.ping(payload))
        case .pong: return .input(.pong)
        case .close: return .input(Self.close(payload))
        case .text where isFinal: return .input(.text(payload))
        case .binary where isFinal: return .input(.binary)
        case .text, .binary:
            fragments = payload
            isFragmentBinary = opcode == .binary
            return .goOn
        case .continuation:
            fragments?.append(contentsOf: payload)
            guard isFinal, let whole = fragments else { return .goOn }
            fragments = nil
            return .input(isFragmentBinary ? .binary : .text(whole))
        }
    }

    private static func unmasked(_ buffer: inout ByteBuffer, count: Int, mask: UInt32) -> [UInt8] {
        let payload = buffer.readWithUnsafeReadableBytes { bytes in
            let payload = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
                // Eight bytes at a time; the mask repeats every four.
                let wide = UInt64(mask.bigEndian) | UInt64(mask.bigEndian) << 32
                var place = 0
                let target = UnsafeMutableRawBufferPointer(output)
                while place + 8 <= count {
                    let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                    target.storeBytes(of: word ^ wide.littleEndian, toByteOffset: place, as: UInt64.self)
                    place += 8
                }
                while place < count {
                    output[place] = bytes[place] ^ UInt8(truncatingIfNeeded: mask >> (24 - 8 * UInt32(place & 3)))
                    place += 1
                }
                initialized = count
            }
            return (count, payload)
        }
        return payload
    }

    /// - Source: RFC 6455 §7.4: which codes an endpoint may send.
    private static func close(_ payload: [UInt8]) -> Input {
        guard payload.count != 1 else { return .violation(.protocolError) }
        guard payload.count >= 2 else { return .close(nil) }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: return .violation(.protocolError)
        }
        guard String(validating: payload[2...], as: UTF8.self) != nil else { return .violation(.notUTF8) }
        return .close(code)
    }
}
