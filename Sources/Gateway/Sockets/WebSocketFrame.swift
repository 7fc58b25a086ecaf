internal import NIOCore

/// Writes a server's frames (RFC 6455 §5.2): final, unmasked, without extensions.
enum WebSocketFrame {
    enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    static let headerBytesMax = 10

    static func append(_ opcode: Opcode, _ payload: some Collection<UInt8>, to buffer: inout ByteBuffer) {
        let count = payload.count
        buffer.writeInteger(0x80 | opcode.rawValue)
        switch count {
        case ...125:
            buffer.writeInteger(UInt8(count))
        case ...0xFFFF:
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(UInt16(count))
        default:
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(count))
        }
        buffer.writeBytes(payload)
    }

    /// How many bytes of one of our frames, so long in all, stand before its payload.
    static func headerBytes(ofFrame count: Int) -> Int {
        switch count {
        case ...127: 2
        case ...(0xFFFF + 4): 4
        default: headerBytesMax
        }
    }

    static func text(_ json: [UInt8]) -> ByteBuffer { frame(.text, json) }

    static func frame(_ opcode: Opcode, _ payload: [UInt8]) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: payload.count + headerBytesMax)
        append(opcode, payload, to: &buffer)
        return buffer
    }

    /// With `retry=<ms>` as the reason where there is one.
    static func close(_ code: CloseCode, retryAfterMs: Int? = nil) -> ByteBuffer {
        let reason = (retryAfterMs ?? code.retryAfterMs).map { "retry=\($0)" } ?? ""
        return close(code: code.rawValue, reason: reason)
    }

    /// - Parameter reason: at most 123 bytes.
    static func close(code: UInt16, reason: String = "") -> ByteBuffer {
        frame(.close, [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + Array(reason.utf8.prefix(123)))
    }
}
