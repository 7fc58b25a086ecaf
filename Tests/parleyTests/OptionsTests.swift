import Operations
import Registry
import Testing

@testable import parley

@Suite struct OptionsTests {
    @Test(arguments: ["", "A", "a_b", "-a", String(repeating: "a", count: 33)])
    func aWrongSlugIsAWrongValue(text: String) {
        let failure = #expect(throws: ProcessFailure.self) { try Value.tenant(text) }
        #expect(failure?.exitCode == .badData)
    }

    @Test func refusalsOfTheRegistryHaveTheirCodes() {
        #expect(ProcessFailure(RegistryFailure.exists("tenant a")).exitCode == .refused)
        #expect(ProcessFailure(RegistryFailure.unknown("tenant a")).exitCode == .refused)
        #expect(ProcessFailure(RegistryFailure.invalid(field: "kid", allowed: "x")).exitCode == .badData)
        #expect(ProcessFailure(RegistryFailure.unavailable("disk")).exitCode == .inputOutput)
    }

    @Test func numbersAndChoicesSayWhatIsAllowed() {
        let number = #expect(throws: ProcessFailure.self) { try Value.integer("gateways", "0", in: 1...64) }
        #expect(number?.reason == "gateways: '0' is not allowed: it takes a whole number from 1 to 64")
        let choice = #expect(throws: ProcessFailure.self) {
            let role: TokenRole = try Value.choice("role", "admin")
            return role
        }
        #expect(choice?.reason == "role: 'admin' is not allowed: it takes one of user, service")
    }
}
