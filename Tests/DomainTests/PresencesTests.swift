import Domain
import Seeded
import Testing
import Wire

/// A clock moved by hand, and presences by it. Holders are numbers.
private struct Scene {
    static let start = ContinuousClock().now
    var presences: Presences<Int>
    var moment = PresenceMoment(now: start, at: Timestamp(milliseconds: 1_000_000))

    /// - Parameter settledAfter: how long after the start; nobody of a former run is awaited by default.
    init(settledAfter: Duration = .zero) { presences = Presences(settled: Self.start + settledAfter) }

    mutating func pass(_ duration: Duration) -> [PresenceDue<Int>] {
        moment = PresenceMoment(
            now: moment.now + duration,
            at: Timestamp(milliseconds: moment.at.milliseconds + Int64(duration / .milliseconds(1))))
        return presences.due(moment)
    }

    mutating func report(
        _ status: Attendance.Status?, of user: UserID = Acme.alice, by holder: Int = 1, text: String? = nil,
        isPolling: Bool = false, isRenewal: Bool = false
    ) {
        let attendance = status.map { Attendance($0, text: text, setAt: moment.at, isPolling: isPolling) }
        presences.report(user, attendance, by: holder, isRenewal: isRenewal, moment)
    }

    mutating func watch(_ user: UserID = Acme.alice, by holder: Int = 9) {
        presences.interest(PresenceInterest(.begins, [user]), of: holder)
    }

    func status(_ user: UserID = Acme.alice) -> Presence.Status { presences.presence(of: user).status }
}

private func told(_ status: Presence.Status, lastSeen: Int64? = nil, text: String? = nil) -> [PresenceDue<Int>] {
    let lastSeen = lastSeen.map { Timestamp(milliseconds: $0) }
    return [PresenceDue(Presence(user: Acme.alice, status: status, lastSeen: lastSeen, text: text), to: nil)]
}

@Suite struct PresencesTests {
    @Test func comingAndGoingIsToldToThoseWhoWatch() {
        var scene = Scene()
        scene.watch()
        scene.report(.online)
        #expect(scene.status() == .offline)
        #expect(scene.pass(.milliseconds(499)) == [])
        #expect(scene.pass(.milliseconds(1)) == told(.online))
        #expect(scene.pass(.seconds(60)) == [])
        scene.report(nil)
        #expect(scene.pass(.milliseconds(2_999)) == [])
        #expect(scene.pass(.milliseconds(1)) == told(.offline, lastSeen: 1_060_500))
    }

    /// A read sees what was acknowledged before it was sent (docs/protocol.md §3).
    @Test func whoHidesIsSeenSoAtOnce() {
        var scene = Scene()
        scene.watch()
        scene.report(.online)
        _ = scene.pass(.seconds(1))
        scene.report(.invisible)
        #expect(scene.status() == .offline)
        #expect(scene.pass(.seconds(1)).map(\.presence.status) == [.offline])
    }

    @Test func nobodyIsToldOfWhomNobodyWatches() {
        var scene = Scene()
        scene.report(.online)
        #expect(scene.pass(.seconds(1)) == [])
        #expect(scene.status() == .online)
        scene.presences.interest(PresenceInterest(.begins, [Acme.alice]), of: 9)
        scene.presences.interest(PresenceInterest(.ends, [Acme.alice]), of: 9)
        scene.report(nil)
        #expect(scene.pass(.seconds(5)) == [])
        #expect(scene.status() == .offline)
    }

    @Test func whoIsBackBeforeItIsToldWasNeverAway() {
        var scene = Scene()
        scene.watch()
        scene.report(.online)
        _ = scene.pass(.seconds(1))
        scene.report(nil)
        #expect(scene.pass(.seconds(2)) == [])
        scene.report(.online, by: 2)
        #expect(scene.pass(.seconds(10)) == [])
        #expect(scene.presences.takeLeft().isEmpty)
    }

    @Test func oneChangeASecondIsToldHoweverManyThereAre() {
        var scene = Scene()
        scene.watch()
        var count = 0
        for step in 0..<100 {
            scene.report(step.isMultiple(of: 2) ? .online : .away, text: "\(step)")
            count += scene.pass(.milliseconds(100)).count
        }
        #expect((9...10).contains(count))
        #expect(scene.pass(.seconds(1)) == told(.away, text: "99"))
    }

    @Test func aPersonIsWhatAllTheirGatewaysComeTo() {
        var scene = Scene()
        scene.report(.away, by: 1)
        _ = scene.pass(.seconds(1))
        #expect(scene.status() == .away)
        scene.report(.online, by: 2)
        _ = scene.pass(.seconds(1))
        #expect(scene.status() == .online)
        scene.report(.invisible, by: 3)
        _ = scene.pass(.seconds(3))
        #expect(scene.status() == .offline)
        scene.report(nil, by: 3)
        scene.report(nil, by: 2)
        _ = scene.pass(.seconds(1))
        #expect(scene.status() == .away)
    }

    @Test func whoHidesIsLastSeenWhenTheyHidAndNotWhenTheyWent() {
        var scene = Scene()
        scene.report(.online)
        _ = scene.pass(.seconds(1))
        scene.report(.invisible)
        _ = scene.pass(.seconds(10))
        #expect(scene.presences.takeLeft() == [Acme.alice: Timestamp(milliseconds: 1_001_000)])
        scene.report(nil)
        _ = scene.pass(.seconds(10))
        #expect(scene.presences.takeLeft().isEmpty)
    }

    @Test func hidingIsToldLikeAnyOtherChangeAndNotLikeGoing() {
        var scene = Scene()
        scene.watch()
        scene.report(.online)
        _ = scene.pass(.seconds(1))
        _ = scene.pass(.seconds(4))
        scene.report(.invisible)
        #expect(scene.pass(.milliseconds(500)) == told(.offline, lastSeen: 1_005_000))
    }

    @Test func whoHidesAsSoonAsTheyComeIsNeverSeen() {
        var scene = Scene()
        scene.watch()
        scene.report(.online)
        _ = scene.pass(.milliseconds(300))
        scene.report(.invisible)
        #expect(scene.pass(.seconds(60)) == [])
        #expect(scene.presences.takeLeft().isEmpty)
    }

    @Test func whatAHolderSaidHoldsForALeaseBeyondItsEnd() {
        var scene = Scene()
        scene.watch()
        scene.report(.online, by: 1)
        scene.report(.online, of: Acme.bob, by: 1)
        _ = scene.pass(.seconds(1))
        scene.presences.ended(1, until: scene.moment.now + .seconds(10))
        scene.report(.online, of: Acme.bob, by: 2)
        #expect(scene.pass(.seconds(9)) == [])
        #expect(scene.pass(.seconds(1)) == [])
        #expect(scene.pass(.seconds(3)) == told(.offline, lastSeen: 1_011_000))
        #expect(scene.status(Acme.bob) == .online)
    }

    @Test func afterARestartNobodyIsToldToComeWhoWasHereBefore() {
        var scene = Scene(settledAfter: .seconds(10))
        scene.presences.interest(PresenceInterest(.goesOn, [Acme.alice, Acme.bob, Acme.carol]), of: 9)
        scene.report(.online, isRenewal: true)
        #expect(scene.status() == .online)
        scene.report(.online, of: Acme.bob)
        #expect(scene.pass(.seconds(1)) == [PresenceDue(Presence(user: Acme.bob, status: .online), to: nil)])
        // By then all have come, and whoever has not is gone.
        #expect(
            scene.pass(.seconds(9)) == [
                PresenceDue(Presence(user: Acme.alice, status: .online), to: 9),
                PresenceDue(Presence(user: Acme.bob, status: .online), to: 9),
                PresenceDue(Presence(user: Acme.carol), to: 9),
            ])
        #expect(scene.pass(.seconds(9)) == [])
    }

    @Test func whoIsRenewedLateComesLikeEverybodyElse() {
        var scene = Scene(settledAfter: .seconds(10))
        scene.watch()
        _ = scene.pass(.seconds(10))
        scene.report(.away, isRenewal: true)
        #expect(scene.pass(.seconds(1)) == told(.away))
    }

    @Test func whatIsSaidWithoutAConnectionHoldsForAMinute() {
        var scene = Scene()
        scene.watch()
        let isTaken = scene.presences.visit(Acme.alice, PresenceSet(status: .away, text: "Lunch"), scene.moment)
        #expect(isTaken)
        #expect(scene.pass(.seconds(1)) == told(.away, text: "Lunch"))
        #expect(scene.pass(.seconds(58)) == [])
        #expect(scene.pass(.seconds(1)) == [])
        #expect(scene.pass(.seconds(3)) == told(.offline, lastSeen: 1_060_000))
    }

    @Test func aLongPollIsShownAsWasSaidOverHTTPForAsLongAsItLasts() {
        var scene = Scene()
        scene.report(.silent, isPolling: true)
        _ = scene.pass(.seconds(1))
        #expect(scene.status() == .online)
        _ = scene.presences.visit(Acme.alice, PresenceSet(status: .invisible), scene.moment)
        for _ in 0..<10 {
            _ = scene.pass(.seconds(60))
            #expect(scene.status() == .offline)
        }
        _ = scene.presences.visit(Acme.alice, PresenceSet(status: .away), scene.moment)
        _ = scene.pass(.seconds(1))
        #expect(scene.status() == .away)
    }

    @Test func aConnectionTakesTheWordOfWhatWasSaidWithoutOneButForHiding() {
        var scene = Scene()
        _ = scene.presences.visit(Acme.alice, PresenceSet(status: .away, text: "Lunch"), scene.moment)
        _ = scene.presences.visit(Acme.bob, PresenceSet(status: .invisible), scene.moment)
        scene.report(.online)
        scene.report(.online, of: Acme.bob)
        _ = scene.pass(.seconds(1))
        #expect(scene.presences.presence(of: Acme.alice) == Presence(user: Acme.alice, status: .online))
        #expect(scene.status(Acme.bob) == .offline)
        _ = scene.pass(.seconds(60))
        _ = scene.pass(.seconds(1))
        #expect(scene.status(Acme.bob) == .online)
    }

    @Test func overTheBoundOnlyThoseWhoVisitAlreadyGoOn() throws {
        var scene = Scene()
        for number in 0..<PresenceTiming.visitorsMax {
            let user = try #require(UserID("u\(number)"))
            let isTaken = scene.presences.visit(user, PresenceSet(status: .online), scene.moment)
            #expect(isTaken)
        }
        let more = scene.presences.visit(Acme.alice, PresenceSet(status: .online), scene.moment)
        let again = scene.presences.visit(try #require(UserID("u0")), PresenceSet(status: .away), scene.moment)
        #expect(!more && again)
    }

    @Test func whenSomebodyWentIsInMemoryUntilItIsSurelyStored() {
        var scene = Scene()
        scene.report(.online)
        _ = scene.pass(.seconds(1))
        scene.report(nil)
        _ = scene.pass(.seconds(3))
        let seen = Timestamp(milliseconds: 1_001_000)
        #expect(scene.presences.takeLeft() == [Acme.alice: seen])
        #expect(scene.presences.presence(of: Acme.alice).lastSeen == seen)
        #expect(!scene.presences.isEmpty)
        #expect(scene.presences.takeLeft().isEmpty)
        #expect(scene.presences.presence(of: Acme.alice).lastSeen == nil)
        #expect(scene.presences.isEmpty)
    }
}

/// Whatever happens in whatever order: who watches ends up with what is so, told no faster than promised, and nothing
/// is left of anybody who is gone.
@Suite struct PresencesPropertyTests {
    private static let people = [Acme.alice, Acme.bob, Acme.carol, Acme.dave]

    @Test(arguments: 1...40 as ClosedRange<UInt64>) func whoWatchesKnows(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var scene = Scene()
        var held: [Int: [UserID: Attendance.Status]] = [:]
        var known: [UserID: Presence.Status] = [:]
        var lastTold: [UserID: ContinuousClock.Instant] = [:]
        for user in Self.people {
            scene.watch(user, by: 99)
            known[user] = scene.status(user)
        }
        func hear(_ due: [PresenceDue<Int>]) {
            for one in due {
                let user = one.presence.user
                if let last = lastTold[user] { #expect(scene.moment.now - last >= PresenceTiming.interval) }
                lastTold[user] = scene.moment.now
                #expect(known[user] != one.presence.status, "told twice")
                known[user] = one.presence.status
            }
        }
        for _ in 0..<400 {
            let user = Self.people[Int.random(in: 0..<Self.people.count, using: &random)]
            let holder = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let status = [Attendance.Status.online, .away, .invisible][Int.random(in: 0..<3, using: &random)]
                scene.report(status, of: user, by: holder)
                held[holder, default: [:]][user] = status
            case 5..<9:
                scene.report(nil, of: user, by: holder)
                held[holder]?[user] = nil
            default:
                // Its gateway opens another link and says the same on that, under another number.
                let next = holder + 3
                for (user, status) in held[holder] ?? [:] { scene.report(status, of: user, by: next, isRenewal: true) }
                scene.presences.ended(holder, until: scene.moment.now)
                hear(scene.pass(.zero))
                for (user, status) in held[holder] ?? [:] { scene.report(status, of: user, by: holder) }
                scene.presences.ended(next, until: scene.moment.now)
            }
            hear(scene.pass(.milliseconds(Int.random(in: 0...900, using: &random))))
        }
        for _ in 0..<10 { hear(scene.pass(.seconds(1))) }
        for user in Self.people {
            let statuses = held.values.compactMap { $0[user] }
            let actual: Presence.Status =
                statuses.contains(.invisible) || statuses.isEmpty
                ? .offline : statuses.contains(.online) ? .online : .away
            #expect(scene.status(user) == actual)
            #expect(known[user] == actual)
        }
        for holder in 0..<3 { scene.presences.ended(holder, until: scene.moment.now) }
        scene.presences.interest(PresenceInterest(.ends, Self.people), of: 99)
        for _ in 0..<10 { _ = scene.pass(.seconds(1)) }
        _ = scene.presences.takeLeft()
        _ = scene.presences.takeLeft()
        #expect(scene.presences.isEmpty)
    }
}
