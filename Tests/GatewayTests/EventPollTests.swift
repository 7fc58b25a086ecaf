import NIOCore
import Testing
import Wire

@testable import Gateway

@Suite struct EventPollTests {
    static func page(
        _ offsets: [UInt64] = [], states: [String] = [], newest: UInt64? = nil, resumed: Bool = true,
        complete: Bool = true, epoch: String = "e1"
    ) -> CatchUpPage {
        let reached = offsets.last ?? newest ?? 5
        return CatchUpPage(
            epoch: epoch, newest: newest ?? reached, reached: reached, resumed: resumed, complete: complete,
            user: User(id: Parts.ben, name: "Ben"),
            events: offsets.map { CatchUpPage.Event(offset: $0, json: Array("{\"n\":\($0)}".utf8)) },
            states: states.map { Array($0.utf8) }, conversations: [Parts.lobby])
    }

    static func events(_ offsets: [UInt64]) -> [GivenEvent] {
        offsets.map { GivenEvent(offset: $0, json: ByteBuffer(string: "{\"n\":\($0)}")) }
    }

    private func texts(_ action: EventPoll.Action) -> [String]? {
        guard case .answer(let answer) = action else { return nil }
        return answer.events.map { String(buffer: $0.json) }
    }

    private let news: ([[UInt8]], UInt64) -> Bool = { _, _ in true }
    private let known: ([[UInt8]], UInt64) -> Bool = { _, _ in false }

    @Test func whatWasMissedIsAnsweredAtOnce() {
        var poll = EventPoll(waits: true)
        let action = poll.received(Self.page([3, 7], states: ["read"]), isNews: known)
        #expect(texts(action) == ["{\"n\":3}", "{\"n\":7}", "read"])
        guard case .answer(let answer) = action else { return }
        #expect(answer.offset == 7 && answer.epoch == "e1" && answer.resumed)
        #expect(
            String(buffer: answer.body) == #"{"events":[{"n":3},{"n":7},read],"offset":7,"epoch":"e1","resumed":true}"#)
    }

    @Test func aPositionThatMeansNothingIsAnsweredWithTheNewest() {
        var poll = EventPoll(waits: true)
        let action = poll.received(Self.page(newest: 9, resumed: false), isNews: news)
        #expect(action == .answer(.init(offset: 9, epoch: "e1", resumed: false)))
    }

    @Test func aPageThatIsNotTheLastBringsItsStatesToo() {
        var poll = EventPoll(waits: true)
        #expect(poll.received(Self.page([1, 2], newest: 800, complete: false), isNews: known) == .ask(since: 800))
        let action = poll.received(Self.page([801], states: ["read"], newest: 801), isNews: known)
        #expect(texts(action) == ["{\"n\":1}", "{\"n\":2}", "read"])
        guard case .answer(let answer) = action else { return }
        #expect(answer.offset == 2)
    }

    @Test func pagesWithoutAnythingAreGoneThrough() {
        var poll = EventPoll(waits: true)
        #expect(poll.received(Self.page(newest: 5_000, complete: false), isNews: known) == .ask(since: 5_000))
        #expect(poll.received(Self.page(newest: 6_000), isNews: known) == .goLive)
    }

    @Test func nothingMissedWaitsForWhatHappens() {
        var poll = EventPoll(waits: true)
        #expect(poll.received(Self.page(), isNews: known) == .goLive)
        #expect(!poll.isLive)
        #expect(poll.wentLive([], mark: 5) == .wait)
        #expect(poll.isLive)
        #expect(poll.happened(Self.events([6]), mark: 8) == .init(events: Self.events([6]), offset: 8, epoch: "e1"))
    }

    @Test func whatCameMeanwhileIsAnsweredAtOnce() {
        var poll = EventPoll(waits: true)
        _ = poll.received(Self.page(), isNews: known)
        #expect(texts(poll.wentLive(Self.events([6, 7]), mark: 7)) == ["{\"n\":6}", "{\"n\":7}"])
    }

    @Test func withoutAWaitItAnswersWithWhatThereIs() {
        var poll = EventPoll(waits: false)
        _ = poll.received(Self.page(), isNews: known)
        #expect(poll.wentLive([], mark: 5) == .answer(.init(offset: 5, epoch: "e1")))
    }

    @Test func statesThatMayBeNewsAreAnsweredAtOnceAndOthersWithWhateverComes() {
        var first = EventPoll(waits: true)
        #expect(texts(first.received(Self.page(states: ["read"]), isNews: news)) == ["read"])
        var second = EventPoll(waits: true)
        #expect(second.received(Self.page(states: ["read"]), isNews: known) == .goLive)
        #expect(second.wentLive([], mark: 5) == .wait)
        #expect(second.ended(mark: 6).events.map { String(buffer: $0.json) } == ["read"])
        var third = EventPoll(waits: false)
        #expect(texts(third.received(Self.page(states: ["read"]), isNews: known)) == ["read"])
    }

    @Test func atMost500AreAnsweredAndThePositionIsTheLastOnes() {
        var poll = EventPoll(waits: true)
        _ = poll.received(Self.page(), isNews: known)
        _ = poll.wentLive([], mark: 5)
        let answer = poll.happened(Self.events(Array(6...700)), mark: 700)
        #expect(answer.events.count == EventPoll.eventsMax && answer.offset == 505)
    }

    @Test func theEndOfTheWaitMovesTheClientOn() {
        var poll = EventPoll(waits: true)
        _ = poll.received(Self.page(), isNews: known)
        _ = poll.wentLive([], mark: 5)
        #expect(poll.ended(mark: 40) == .init(offset: 40, epoch: "e1"))
    }

    @Test func anEmptyAnswerIsWholeJSON() {
        let answer = EventPoll.Answer(offset: 1, epoch: "a\"b")
        #expect(String(buffer: answer.body) == #"{"events":[],"offset":1,"epoch":"a\"b","resumed":true}"#)
    }
}
