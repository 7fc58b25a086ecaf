import Testing
import Wire

@testable import Gateway

@Suite struct AccountsTests {
    private var settings: TenantSettings {
        var settings = TenantSettings()
        settings[.connectionsPerUser] = 2
        settings[.rateBurst] = 3
        settings[.rateCommandsPerSecond] = 1
        return settings
    }

    @Test func aUserHasAsManyConnectionsAsTheTenantAllows() throws {
        let accounts = Accounts()
        let first = try #require(accounts.connect(Parts.ana, in: Parts.acme, settings))
        let second = try #require(accounts.connect(Parts.ana, in: Parts.acme, settings))
        #expect(second.account === first.account)
        #expect(accounts.connect(Parts.ana, in: Parts.acme, settings) == nil)
        #expect(accounts.connect(Parts.ana, in: Parts.other, settings) != nil)
        #expect(accounts.connect(Parts.ben, in: Parts.acme, settings) != nil)
        #expect(!first.account.disconnect(first.seat))
        let third = try #require(accounts.connect(Parts.ana, in: Parts.acme, settings))
        #expect(!first.account.disconnect(second.seat))
        #expect(first.account.disconnect(third.seat))
    }

    @Test func theRateIsOneForAllThatAUserDoes() {
        let accounts = Accounts()
        let settings = settings
        for _ in 0..<3 {
            #expect(accounts.account(of: Parts.ana, in: Parts.acme).charge(settings, now: Parts.start) == nil)
        }
        let wait = accounts.account(of: Parts.ana, in: Parts.acme).charge(settings, now: Parts.start)
        #expect(wait == .seconds(1))
        #expect(accounts.account(of: Parts.ben, in: Parts.acme).charge(settings, now: Parts.start) == nil)
    }

    @Test func onlyWhoIsGoneAndHasRecoveredIsForgotten() throws {
        let accounts = Accounts()
        let account = try #require(accounts.connect(Parts.ana, in: Parts.acme, settings))
        _ = accounts.account(of: Parts.ben, in: Parts.acme).charge(settings, now: Parts.start)
        accounts.sweep(now: Parts.start)
        #expect(accounts.count == 2)
        accounts.sweep(now: Parts.start + .seconds(1))
        #expect(accounts.count == 1)
        #expect(account.account.disconnect(account.seat))
        accounts.sweep(now: Parts.start + .seconds(1))
        #expect(accounts.count == 0)
    }

    @Test func aUserIsThereByTheirFirstConnectionUntilTheirLast() throws {
        let account = Account()
        let first = try #require(account.connect(settings))
        let second = try #require(account.connect(settings))
        #expect(first.isNews && !second.isNews)
        #expect(account.attendance == Attendance(.online))
        #expect(!account.disconnect(first.seat))
        #expect(account.disconnect(second.seat))
        #expect(account.attendance == nil)
    }

    @Test func aConnectionThatSaysNothingIsOnlineAndWhoHidesHidesOnAll() throws {
        let account = Account()
        let phone = try #require(account.connect(settings)).seat
        let desk = try #require(account.connect(settings)).seat
        let at = Timestamp(milliseconds: 5)
        #expect(!account.say(Attendance(PresenceSet(status: .away), at: at), on: phone))
        #expect(account.attendance?.status == .online)
        #expect(account.say(Attendance(PresenceSet(status: .away, text: "Lunch"), at: at), on: desk))
        #expect(account.attendance == Attendance(.away, text: "Lunch", setAt: at))
        #expect(account.say(Attendance(PresenceSet(status: .invisible), at: at), on: phone))
        #expect(account.attendance?.status == .invisible)
        #expect(account.disconnect(phone))
        #expect(account.attendance?.status == .away)
    }

    @Test func aLongPollIsThereAndSaysNothingAndAServiceIsNobody() throws {
        let account = Account()
        let service = try #require(account.connect(settings, as: .service))
        #expect(!service.isNews && account.attendance == nil)
        let poll = try #require(account.connect(settings, as: .poll))
        #expect(poll.isNews)
        #expect(account.attendance == Attendance(.silent, isPolling: true))
        #expect(account.disconnect(poll.seat))
        #expect(account.disconnect(service.seat))
    }

    @Test func everybodyWhoIsThereIsListedByTenant() throws {
        let accounts = Accounts()
        _ = accounts.account(of: Parts.chloe, in: Parts.acme)
        for (user, tenant) in [(Parts.ben, Parts.acme), (Parts.ana, Parts.acme), (Parts.ana, Parts.other)] {
            _ = try #require(accounts.connect(user, in: tenant, settings))
        }
        let online = Attendance(.online)
        #expect(
            accounts.attending() == [
                Parts.acme: [Attending(Parts.ana, online), Attending(Parts.ben, online)],
                Parts.other: [Attending(Parts.ana, online)],
            ])
        #expect(accounts.attendance(of: Parts.ana, in: Parts.acme) == online)
        #expect(accounts.attendance(of: Parts.chloe, in: Parts.acme) == nil)
    }

    @Test func greetingsAreCountedByAddress() {
        let greetings = Greetings(perAddressMax: 2)
        #expect(greetings.begin("192.0.2.1") && greetings.begin("192.0.2.1"))
        #expect(!greetings.begin("192.0.2.1"))
        #expect(greetings.begin("192.0.2.2"))
        greetings.end("192.0.2.1")
        #expect(greetings.begin("192.0.2.1"))
        #expect(greetings.count == 3)
        greetings.end("192.0.2.9")
        #expect(greetings.count == 3)
    }
}
