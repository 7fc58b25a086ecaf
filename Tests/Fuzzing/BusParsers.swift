internal import Wire

@testable internal import Notifier

/// What other processes' bytes go through, and those of taps.
enum BusParsers {
    static func toRouter(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        guard let message = try? ToRouter(bytes) else { return .refused }
        return message.bytes == bytes ? .taken : .unsound("written otherwise")
    }

    static func toGateway(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        guard let message = try? ToGateway(bytes) else { return .refused }
        return (try? ToGateway(message.bytes)) == message ? .taken : .unsound("reads otherwise once written")
    }

    /// Both ways of reading a pack have to agree.
    static func events(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let pack = try? EventPack(bytes)
        let encoded = try? EncodedPack(bytes)
        guard let pack else { return .refused }
        guard let encoded else { return .unsound("a worker refuses what a gateway takes") }
        return pack.tenant == encoded.tenant && pack.envelopes.map(\.offset) == encoded.events.map(\.offset)
            ? .taken : .unsound("a worker reads other offsets")
    }

    static func heartbeat(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        guard let heartbeat = try? Heartbeat(bytes) else { return .refused }
        return heartbeat.bytes == bytes ? .taken : .unsound("written otherwise")
    }

    static func replay(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        if let request = try? ReplayRequest(bytes) {
            return request.bytes == bytes ? .taken : .unsound("request written otherwise")
        }
        guard let answer = try? ReplayAnswer(bytes) else { return .refused }
        return (try? ReplayAnswer(answer.bytes)) == answer ? .taken : .unsound("answer reads otherwise")
    }

    static func taps(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        if let request = try? TapsRequest(bytes) {
            return request.bytes == bytes ? .taken : .unsound("request written otherwise")
        }
        guard let answer = try? TapsAnswer(bytes) else { return .refused }
        return (try? TapsAnswer(answer.bytes)) == answer ? .taken : .unsound("answer reads otherwise")
    }

    static func push(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        if let question = try? PushQuestion(bytes) {
            return question.bytes == bytes ? .taken : .unsound("question written otherwise")
        }
        if let end = try? PushEnd(bytes) { return end.bytes == bytes ? .taken : .unsound("end written otherwise") }
        guard let answer = try? PushAnswer(bytes) else { return .refused }
        return (try? PushAnswer(answer.bytes)) == answer ? .taken : .unsound("answer reads otherwise")
    }

    /// What the notifier reads of an event that it hands on.
    static func event(_ bytes: [UInt8]) -> FuzzTarget.Finding { EventPeek(bytes) == nil ? .refused : .taken }

    /// A byte that says how long it is stands before each frame.
    static func tapFrames(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        var frames: [[UInt8]] = []
        var rest = bytes[...]
        while let count = rest.popFirst() {
            frames.append(Array(rest.prefix(Int(count))))
            rest = rest.dropFirst(Int(count))
        }
        let request = TapRequest(frames)
        let message = TapMessage(frames)
        if let request, request.frames != frames { return .unsound("request written otherwise") }
        if let message, message.frames != frames { return .unsound("message written otherwise") }
        return request == nil && message == nil ? .refused : .taken
    }
}
