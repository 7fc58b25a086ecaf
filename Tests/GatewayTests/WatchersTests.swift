import Testing
import Wire

@testable import Gateway

@Suite struct WatchersTests {
    private func watch(
        _ users: [UserID], by viewer: UserID? = Parts.chloe, request: UInt64 = 1
    ) -> Watchers.Watch {
        Watchers.Watch(tenant: Parts.acme, viewer: viewer, users: users, request: request)
    }

    private func news(of user: UserID, only: UserID? = nil, except: [UserID] = []) -> PresenceNews {
        PresenceNews(user: user, only: only, except: except, json: [])
    }

    @Test func newsGoToThoseWhoWatchAndMaySee() {
        var watchers = Watchers()
        _ = watchers.put(watch([Parts.ana, Parts.ben]), at: 1)
        _ = watchers.put(watch([Parts.ana], by: Parts.ben), at: 2)
        _ = watchers.put(watch([Parts.ana], by: nil), at: 3)
        #expect(watchers.slots(for: news(of: Parts.ana), in: Parts.acme) == [1, 2, 3])
        #expect(watchers.slots(for: news(of: Parts.ana), in: Parts.other).isEmpty)
        #expect(watchers.slots(for: news(of: Parts.ben), in: Parts.acme) == [1])
        #expect(watchers.slots(for: news(of: Parts.ana, except: [Parts.ben]), in: Parts.acme) == [1, 3])
        #expect(watchers.slots(for: news(of: Parts.ana, only: Parts.ben), in: Parts.acme) == [2])
    }

    @Test func aWatchReplacesTheFormerOne() {
        var watchers = Watchers()
        #expect(watchers.put(watch([Parts.ana], request: 1), at: 1).users.isEmpty)
        #expect(watchers.put(watch([Parts.ben], request: 2), at: 1).users == [Parts.ana])
        #expect(watchers.slots(for: news(of: Parts.ana), in: Parts.acme).isEmpty)
        #expect(watchers.slots(for: news(of: Parts.ben), in: Parts.acme) == [1])
        #expect(watchers.count == 1)
    }

    @Test func theLastThatWasAskedCountsWhicheverIsAnsweredFirst() {
        var watchers = Watchers()
        _ = watchers.put(watch([Parts.ben], request: 2), at: 1)
        #expect(watchers.put(watch([Parts.ana], request: 1), at: 1).users == [Parts.ana])
        #expect(watchers.slots(for: news(of: Parts.ben), in: Parts.acme) == [1])
    }

    @Test func whoIsGoneWatchesNobody() {
        var watchers = Watchers()
        _ = watchers.put(watch([Parts.ana]), at: 1)
        #expect(watchers.remove(1)?.users == [Parts.ana])
        #expect(watchers.remove(1) == nil)
        #expect(watchers.slots(for: news(of: Parts.ana), in: Parts.acme).isEmpty)
        #expect(watchers.count == 0)
    }
}

@Suite struct InterestsTests {
    @Test func routersHearOfTheFirstAndTheLast() {
        var interests = Interests()
        #expect(interests.begin([Parts.ana, Parts.ben], in: Parts.acme) == [Parts.ana, Parts.ben])
        #expect(interests.begin([Parts.ana], in: Parts.acme).isEmpty)
        #expect(interests.begin([Parts.ana], in: Parts.other) == [Parts.ana])
        #expect(interests.end([Parts.ana, Parts.ben], in: Parts.acme) == [Parts.ben])
        #expect(interests.all.first { $0.tenant == Parts.acme }?.users == [Parts.ana])
        #expect(interests.end([Parts.ana], in: Parts.acme) == [Parts.ana])
        #expect(interests.end([Parts.ana], in: Parts.acme).isEmpty)
        #expect(interests.count == 1)
    }
}
