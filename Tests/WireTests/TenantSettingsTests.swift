import Testing
import Wire

@Suite struct TenantSettingsTests {
    @Test(arguments: TenantSettings.Name.allCases)
    func aSettingKeepsWithinWhatIsAllowed(name: TenantSettings.Name) {
        var settings = TenantSettings()
        #expect(settings[name] == name.default)
        #expect(name.allowed.contains(name.default))
        settings[name] = .max
        #expect(settings[name] == name.allowed.upperBound)
        settings[name] = 0
        #expect(settings[name] == name.allowed.lowerBound)
    }

    @Test func whatIsSetToItsDefaultCountsAsUnchanged() {
        var settings = TenantSettings()
        settings[.rateBurst] = 5
        #expect(settings.changed == [.rateBurst: 5])
        settings[.rateBurst] = TenantSettings.Name.rateBurst.default
        #expect(settings == TenantSettings())
    }
}
