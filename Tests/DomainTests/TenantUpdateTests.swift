import Domain
import Testing
import Wire

@Suite struct TenantUpdateTests {
    @Test func everyoneHearsOfNameAndLimits() {
        var settings = TenantSettings()
        settings[.textMax] = 500
        #expect(
            tenantUpdated(name: "Acme", settings: settings)
                == Happening(.tenantUpdated(name: "Acme", limits: ClientLimits(settings)), to: .system))
    }
}
