import Logging
import Testing

@testable import Router

@Suite struct DescriptorsTests {
    static let wanted = RouterConfiguration(
        dataDirectory: "data", endpoints: RouterDriver.Endpoints(commands: "c", events: "e", replay: "r"), readers: 4,
        openTenants: 1_000)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(arguments: [(1_048_576, 1_000), (1_024, 69), (64, 1)])
    func noMoreTenantsAreOpenThanDescriptorsAllow(limit: Int, openTenants: Int) {
        #expect(Descriptors.fitted(Self.wanted, limit: limit, logger).openTenants == openTenants)
    }

    @Test func theLimitIsRaisedAndNotLowered() {
        let raised = Descriptors.raiseLimit()
        #expect(raised > 0)
        #expect(Descriptors.raiseLimit() == raised)
    }
}
