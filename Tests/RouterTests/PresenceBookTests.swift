import Domain
import Testing
import Wire

@testable import Router

@Suite struct PresenceBookTests {
    private static let start = ContinuousClock.now
    private let first = LinkID(serial: 1)
    private let second = LinkID(serial: 2)

    private func moment(_ after: Duration) -> PresenceMoment {
        PresenceMoment(now: Self.start + after, at: Timestamp(milliseconds: Int64(after / .milliseconds(1))))
    }

    private func online(_ user: UserID) -> [Attending] { [Attending(user, Attendance(.online))] }

    @Test func tenantsAreApart() {
        var book = PresenceBook(now: Self.start)
        book.present(online(.alice), isRenewal: false, in: .acme, on: first, moment(.zero))
        _ = book.due(moment(.seconds(1)))
        #expect(book.presence(of: .alice, in: .acme).status == .online)
        #expect(book.presence(of: .alice, in: .bolt).status == .offline)
        #expect(book.count == 1)
        book.forget(.acme)
        #expect(book.count == 0)
    }

    @Test func whoWatchesIsToldAndKnownByTheirLink() {
        var book = PresenceBook(now: Self.start)
        book.interest(PresenceInterest(.begins, [.alice]), in: .acme, on: second)
        book.present(online(.alice), isRenewal: false, in: .acme, on: first, moment(.zero))
        let telling = PresenceTelling(Presence(user: .alice, status: .online))
        #expect(book.due(moment(.seconds(1))) == [PresenceBook.Due(tenant: .acme, tellings: [telling], link: nil)])
        #expect(book.watchers(of: .alice, in: .acme) == [second])
        #expect(book.due(moment(.seconds(2))).isEmpty)
    }

    @Test func whatCouldNotBeLookedUpIsToldAgain() {
        var book = PresenceBook(now: Self.start - PresenceBook.lease)
        book.interest(PresenceInterest(.begins, [.alice]), in: .acme, on: second)
        book.present(online(.alice), isRenewal: false, in: .acme, on: first, moment(.zero))
        let due = book.due(moment(.seconds(1)))
        for one in due { book.untold(one) }
        #expect(
            book.due(moment(.seconds(2)))
                == due.map { PresenceBook.Due(tenant: .acme, tellings: $0.tellings, link: second) })
    }

    @Test func aLinkThatEndsTakesItsPeopleAlongAfterTheLease() {
        var book = PresenceBook(now: Self.start)
        book.interest(PresenceInterest(.begins, [.alice, .bob]), in: .acme, on: second)
        book.present(online(.alice) + online(.bob), isRenewal: false, in: .acme, on: first, moment(.zero))
        _ = book.due(moment(.seconds(1)))
        book.ended(first, heard: Self.start + .seconds(2))
        book.present(online(.bob), isRenewal: true, in: .acme, on: LinkID(serial: 3), moment(.seconds(3)))
        #expect(book.due(moment(.seconds(11))).isEmpty)
        #expect(book.due(moment(.seconds(12))).isEmpty)
        let users = book.due(moment(.seconds(16))).flatMap(\.tellings).map(\.presence)
        #expect(users.map(\.user) == [.alice] && users.map(\.status) == [.offline])
    }

    @Test func aBlockConcernsTheTwoAloneAndNobodyIfNobodyWatches() {
        var book = PresenceBook(now: Self.start)
        #expect(book.acrossBlock(.alice, .bob, in: .acme) == nil)
        book.present(online(.alice), isRenewal: false, in: .acme, on: first, moment(.zero))
        _ = book.due(moment(.seconds(1)))
        #expect(book.acrossBlock(.alice, .bob, in: .acme) == nil)
        book.interest(PresenceInterest(.begins, [.alice]), in: .acme, on: second)
        #expect(
            book.acrossBlock(.alice, .bob, in: .acme)?.tellings
                == [PresenceTelling(Presence(user: .alice, status: .online), only: .bob)])
    }

    @Test func whenPeopleWentIsStoredTogether() {
        var book = PresenceBook(now: Self.start)
        for user in [UserID.alice, .bob] {
            book.present(online(user), isRenewal: false, in: .acme, on: first, moment(.zero))
        }
        _ = book.due(moment(.seconds(1)))
        book.gone(.alice, in: .acme, on: first, moment(.seconds(2)))
        book.gone(.bob, in: .acme, on: first, moment(.seconds(3)))
        _ = book.due(moment(.seconds(6)))
        #expect(book.takeLeft(now: Self.start + .seconds(9)).isEmpty)
        let left = book.takeLeft(now: Self.start + .seconds(10))
        #expect(left.map(\.tenant) == [.acme])
        #expect(
            left.first?.left == [
                .alice: Timestamp(milliseconds: 2_000), .bob: Timestamp(milliseconds: 3_000),
            ])
        #expect(book.takeLeft(now: Self.start + .seconds(15)).isEmpty)
    }
}
