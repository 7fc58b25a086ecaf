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
        #expect(accounts.connect(Parts.ana, in: Parts.acme, settings) === first)
        #expect(accounts.connect(Parts.ana, in: Parts.acme, settings) == nil)
        #expect(accounts.connect(Parts.ana, in: Parts.other, settings) != nil)
        #expect(accounts.connect(Parts.ben, in: Parts.acme, settings) != nil)
        #expect(!first.disconnect())
        #expect(accounts.connect(Parts.ana, in: Parts.acme, settings) != nil)
        #expect(!first.disconnect())
        #expect(first.disconnect())
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
        #expect(account.disconnect())
        accounts.sweep(now: Parts.start + .seconds(1))
        #expect(accounts.count == 0)
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
