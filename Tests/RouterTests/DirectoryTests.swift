import Testing
import Wire

@testable import Router

@Suite struct DirectoryTests {
    static let acme = TenantRecord(tenant: .acme, name: "Acme")
    static let bolt = TenantRecord(tenant: .bolt, name: "Bolt")

    @Test func aReadingTellsWhatIsNewOtherAndGone() {
        var directory = Directory()
        #expect(directory.changes(to: [Self.bolt, Self.acme]) == [.changed(Self.acme), .changed(Self.bolt)])
        directory.apply([.changed(Self.acme), .changed(Self.bolt)])
        let renamed = TenantRecord(tenant: .acme, name: "Acme Inc.")
        #expect(directory.changes(to: [renamed]) == [.changed(renamed), .gone(.bolt)])
    }

    @Test func anEqualReadingTellsNothing() {
        var directory = Directory()
        directory.apply([.changed(Self.acme)])
        #expect(directory.changes(to: [Self.acme]).isEmpty)
    }

    @Test func aNewLinkGetsAllTenantsAndThenTheEnd() {
        var directory = Directory()
        directory.apply([.changed(Self.bolt), .changed(Self.acme), .gone(.bolt)])
        #expect(directory.answers == [.tenant(Self.acme), .directoryComplete])
    }

    @Test func nameAndLimitsAreNewsAndOriginsAreNot() {
        var settings = TenantSettings()
        settings[.textMax] = 100
        #expect(TenantRecord(tenant: .acme, name: "Other").isNews(after: Self.acme))
        #expect(TenantRecord(tenant: .acme, name: "Acme", settings: settings).isNews(after: Self.acme))
        #expect(!TenantRecord(tenant: .acme, name: "Acme", origins: ["https://a.example"]).isNews(after: Self.acme))
        settings = TenantSettings()
        settings[.editWindowSeconds] = 1
        #expect(!TenantRecord(tenant: .acme, name: "Acme", settings: settings).isNews(after: Self.acme))
    }

    @Test func theSuspendedAreNotAdmitted() {
        #expect(Self.acme.admits(.alice))
        #expect(!TenantRecord(tenant: .acme, name: "Acme", state: .suspended).admits(.alice))
        let record = TenantRecord(tenant: .acme, name: "Acme", suspendedUsers: [.alice])
        #expect(!record.admits(.alice))
        #expect(record.admits(.bob))
    }
}
