import NIOCore
import Testing
import Wire

@testable import Gateway

@Suite struct EventStreamTests {
    private let now = ContinuousClock.now
    private let wall = Timestamp(milliseconds: 1_000_000)

    private func stream(lifeSeconds: Int64 = 3_600) -> EventStream {
        EventStream(
            Policy(), retryWindowMs: 2_000, expires: Timestamp(milliseconds: 1_000_000 + lifeSeconds * 1_000), at: wall,
            now: now)
    }

    @Test func itTellsWhereItBeginsThenWhatWasMissedThenThatItIsLive() {
        var stream = stream()
        let page = EventPollTests.page([3, 4], states: ["{\"event\":\"read\"}"])
        let (bytes, action) = stream.received(page, since: 2, now: now)
        #expect(action == .goLive)
        let live = stream.wentLive(page, EventPollTests.events([5]), now: now)
        #expect(
            String(buffer: bytes) + String(buffer: live) == """
                retry: 2000

                id: 2
                data: {"event":"mark","offset":2,"epoch":"e1","resumed":true}

                id: 3
                data: {"n":3}

                id: 4
                data: {"n":4}

                data: {"event":"read"}

                id: 4
                data: {"event":"mark","offset":4,"live":true}

                id: 5
                data: {"n":5}


                """)
    }

    @Test func pagesFollowEachOtherAndAnotherEpochEndsIt() {
        var stream = stream()
        let first = stream.received(EventPollTests.page([3], newest: 900, complete: false), since: 2, now: now)
        #expect(first.1 == .ask(since: 3))
        let second = stream.received(EventPollTests.page([4], newest: 900, complete: false), since: 2, now: now)
        #expect(second.1 == .ask(since: 4) && String(buffer: second.0) == "id: 4\ndata: {\"n\":4}\n\n")
        #expect(stream.received(EventPollTests.page([5], epoch: "e2"), since: 2, now: now).1 == .end)
    }

    @Test func whoIsNotResumedBeginsAtTheNewest() {
        var stream = stream()
        let (bytes, action) = stream.received(EventPollTests.page(newest: 9, resumed: false), since: 50, now: now)
        #expect(action == .goLive)
        #expect(String(buffer: bytes).contains(#"{"event":"mark","offset":9,"epoch":"e1","resumed":false}"#))
    }

    @Test func silenceIsBrokenByCommentsAndMarks() {
        var stream = stream()
        _ = stream.received(EventPollTests.page(), since: 5, now: now)
        _ = stream.wentLive(EventPollTests.page(), [], now: now)
        #expect(stream.due(now: now + .seconds(14)).isEmpty)
        #expect(stream.nextDeadline == now + EventStream.silenceMax)
        #expect(stream.due(now: now + .seconds(15)) == [.write(ByteBuffer(string: ":\n\n"))])
        #expect(stream.due(now: now + .seconds(25)) == [.mark])
        #expect(
            String(buffer: stream.marked(8, now: now + .seconds(25)))
                == "id: 8\ndata: {\"event\":\"mark\",\"offset\":8}\n\n")
        #expect(stream.due(now: now + .seconds(26)).isEmpty)
    }

    @Test func onlyWhatHasAnOffsetStandsForAMark() {
        var stream = stream()
        _ = stream.received(EventPollTests.page(), since: 5, now: now)
        _ = stream.wentLive(EventPollTests.page(), [], now: now)
        _ = stream.happened([GivenEvent(state: Array("{}".utf8))], now: now + .seconds(20))
        #expect(stream.due(now: now + .seconds(25)) == [.mark])
        _ = stream.happened(EventPollTests.events([6]), now: now + .seconds(26))
        #expect(stream.due(now: now + .seconds(30)).isEmpty)
    }

    @Test func theTokensEndIsToldAndThenIsTheStreams() {
        var stream = stream(lifeSeconds: 90)
        _ = stream.received(EventPollTests.page(), since: 5, now: now)
        _ = stream.wentLive(EventPollTests.page(), [], now: now)
        _ = stream.happened(EventPollTests.events([6]), now: now + .seconds(29))
        guard case .write(let bytes) = stream.due(now: now + .seconds(30)).first else {
            Issue.record("no warning")
            return
        }
        #expect(String(buffer: bytes).hasPrefix(#"data: {"event":"token.expiring""#))
        #expect(stream.due(now: now + .seconds(31)).isEmpty)
        #expect(stream.due(now: now + .seconds(90)) == [.end])
    }
}
