internal import NIOCore
internal import Wire

/// One long poll, as decisions: pages and events go in, and at some moment its answer comes out.
///
/// A state event has no offset, so a position can't say whether the client has had it: after the position's offset
/// nothing else may have happened for a long time. What a page brings of states only is therefore answered at once
/// where it may be news, and otherwise goes along with the next answer; else a poll would never wait again.
struct EventPoll {
    struct Answer: Equatable {
        var events: [GivenEvent] = []
        /// What to ask with next.
        var offset: UInt64
        let epoch: String
        var resumed = true

        /// Joined from the events' own bytes.
        var body: ByteBuffer {
            var head = JSONWriter(capacity: 64)
            head.beginObject()
            head.field("offset", offset)
            head.field("epoch", epoch)
            head.field("resumed", resumed)
            head.endObject()
            let start = #"{"events":["#
            var body = ByteBufferAllocator().buffer(
                capacity: events.reduce(start.utf8.count + head.bytes.count + 2) { $0 + $1.json.readableBytes + 1 })
            body.writeString(start)
            for (place, event) in events.enumerated() {
                if place > 0 { body.writeInteger(UInt8(ascii: ",")) }
                body.writeImmutableBuffer(event.json)
            }
            body.writeString("],")
            body.writeBytes(head.bytes.dropFirst())
            return body
        }
    }

    enum Action: Equatable {
        case wait
        /// Another page, after this offset.
        case ask(since: UInt64)
        /// Everything up to now is known: what came meanwhile comes next, by `wentLive`.
        case goLive
        case answer(Answer)
    }

    /// docs/protocol.md §6. State events come on top: they are as many as there are values that changed.
    static let eventsMax = 500

    private enum Phase {
        case opening
        /// The answer is a page of events that is not the last; the states that belong to it are on their way.
        case states(Answer)
        case live
    }

    private let waits: Bool
    private var phase = Phase.opening
    private var epoch = ""
    private var reached: UInt64 = 0
    /// States that the client may have had; they go along with whatever is answered.
    private var kept: [GivenEvent] = []

    /// - Parameter waits: false: it answers with what there is.
    init(waits: Bool) { self.waits = waits }

    var isLive: Bool { if case .live = phase { true } else { false } }

    /// - Parameter isNews: whether some of these states, at that offset, have not been told yet.
    mutating func received(_ page: CatchUpPage, isNews: ([[UInt8]], UInt64) -> Bool) -> Action {
        let states = page.states.map(GivenEvent.init(state:))
        switch phase {
        case .live: return .wait
        case .states(var answer):
            // Another epoch by now: the next poll learns of it.
            if page.resumed, page.epoch == answer.epoch { answer.events += states }
            return .answer(answer)
        case .opening: break
        }
        epoch = page.epoch
        reached = page.reached
        guard page.resumed else {
            return .answer(Answer(offset: page.reached, epoch: page.epoch, resumed: false))
        }
        guard page.events.isEmpty else {
            let answer = Answer(events: page.events.map { GivenEvent($0) } + states, offset: reached, epoch: epoch)
            guard !page.complete else { return .answer(answer) }
            phase = .states(answer)
            return .ask(since: page.newest)
        }
        guard page.complete else { return .ask(since: reached) }
        kept = states
        return !states.isEmpty && (!waits || isNews(page.states, reached)) ? .answer(answer([])) : .goLive
    }

    /// - Parameters:
    ///   - held: what came while the pages were read.
    ///   - mark: up to where everything has been handed out.
    mutating func wentLive(_ held: [GivenEvent], mark: UInt64) -> Action {
        phase = .live
        reached = max(reached, mark)
        return held.isEmpty && waits ? .wait : .answer(answer(held))
    }

    /// - Parameter mark: as in `wentLive`, with these events.
    mutating func happened(_ events: [GivenEvent], mark: UInt64) -> Answer {
        let before = reached
        reached = max(reached, mark)
        guard events.count > Self.eventsMax else { return answer(events) }
        var first = answer(Array(events.prefix(Self.eventsMax)))
        first.offset = first.events.last { $0.offset > 0 }?.offset ?? before
        return first
    }

    /// The wait is over, or the gateway goes.
    mutating func ended(mark: UInt64?) -> Answer {
        reached = max(reached, mark ?? 0)
        return answer([])
    }

    private func answer(_ events: [GivenEvent]) -> Answer {
        Answer(events: kept + events, offset: reached, epoch: epoch)
    }
}
