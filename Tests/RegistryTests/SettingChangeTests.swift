import Registry
import Testing
import Wire

@Suite struct SettingChangeTests {
    @Test(arguments: TenantSettings.Name.allCases)
    func bothEndsOfWhatIsAllowedAreTakenAndNoMore(name: TenantSettings.Name) throws {
        let allowed = name.allowed
        for value in [allowed.lowerBound, allowed.upperBound] {
            #expect(try SettingChange("\(name.rawValue)=\(value)") == SettingChange(name, value))
        }
        let refused = [allowed.upperBound + 1] + (allowed.lowerBound > 0 ? [allowed.lowerBound - 1] : [])
        for value in refused {
            let failure = #expect(throws: RegistryFailure.self) { try SettingChange("\(name.rawValue)=\(value)") }
            #expect(failure.map { "\($0)".contains(name.rawValue) } == true)
        }
    }

    @Test(arguments: [
        "", "=", "text_max", "text_max=", "=5", "text_max=-1", "text_max=+5", "text_max=5 ", " text_max=5",
        "text_max=0x5",
        "text_max=5=6", "TEXT_MAX=5", "unknown=5", "text_max=99999999999999999999999", "text_max=٥",
    ])
    func anythingElseIsInvalid(text: String) {
        let failure = #expect(throws: RegistryFailure.self) { try SettingChange(text) }
        guard case .invalid? = failure else {
            Issue.record("\(text) is \(String(describing: failure))")
            return
        }
    }
}
