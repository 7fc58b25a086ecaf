internal import NIOCore
internal import Wire
internal import Workload

@testable internal import Gateway

/// What a client's bytes go through.
enum ClientParsers {
    static func frame(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        switch Frame.parse(bytes) {
        case .frame(let frame):
            Frame.parse(frame.bytes) == .frame(frame) ? .taken : .unsound("reads otherwise once written")
        case .refused(_, let refusal): refusal.field == nil ? .unsound("refused without a field") : .refused
        case .broken: .refused
        }
    }

    /// What a terminal client reads of its server.
    static func json(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        var reader = JSONReader(bytes)
        let isValue = (try? reader.value(depth: 0)) != nil
        let isTree = JSONTree(bytes) != nil
        return isValue || isTree ? .taken : .refused
    }

    /// Whole, then a byte at a time: the same has to come out.
    static func webSocket(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let whole = inputs(bytes, portion: max(1, bytes.count))
        guard whole == inputs(bytes, portion: 1) else { return .unsound("depends on how the bytes come") }
        if whole.isEmpty { return .refused }
        if case .violation = whole[0] { return .refused }
        return .taken
    }

    private static func inputs(_ bytes: [UInt8], portion: Int) -> [WebSocketParser.Input] {
        var parser = WebSocketParser(messageBytesMax: 256)
        var buffer = ByteBuffer()
        var inputs: [WebSocketParser.Input] = []
        for start in stride(from: 0, to: bytes.count, by: portion) {
            buffer.writeBytes(bytes[start..<min(bytes.count, start + portion)])
            while let input = parser.next(from: &buffer) { inputs.append(input) }
        }
        return inputs
    }

    static func head(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let head = RequestHead(bytes)
        let handshake = Handshake(head)
        guard handshake.response.hasSuffix("\r\n\r\n") || handshake.response.hasSuffix("}") else {
            return .unsound("an answer without an end")
        }
        if case .accepted = handshake { return head == nil ? .unsound("accepted without a head") : .taken }
        return .refused
    }

    static func query(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            let query = try EventsQuery(text)
            return query.waitSeconds <= EventsQuery.waitSecondsMax ? .taken : .unsound("waits too long")
        } catch { return error.code == .badRequest ? .refused : .unsound("\(error.code)") }
    }

    static func token(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        do {
            let token = try Token(String(decoding: bytes, as: UTF8.self))
            do {
                _ = try token.identity(provenBy: nil, at: .zero)
                return .unsound("proven by nothing")
            } catch { return .taken }
        } catch { return .refused }
    }
}
