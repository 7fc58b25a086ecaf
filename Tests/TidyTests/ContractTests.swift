import Foundation
import Testing
import Wire

/// Every name of the contract has its golden fixture and its line in the documentation.
@Suite struct ContractTests {
    private func hasFixture(_ name: String) -> Bool {
        FileManager.default.fileExists(
            atPath: SourceTree.top.appendingPathComponent("Tests/Fixtures/wire/\(name).json").path)
    }

    @Test(arguments: Op.allCases) func everyOpHasFixtureAndRow(op: Op) throws {
        #expect(hasFixture("op.\(op.rawValue)"))
        #expect(try SourceTree.text("docs/protocol.md").contains("`\(op.rawValue)`") || op == .hello)
    }

    @Test(arguments: Event.Kind.allCases) func everyEventHasFixtureAndRow(kind: Event.Kind) throws {
        #expect(hasFixture("event.\(kind.rawValue)"))
        #expect(try SourceTree.text("docs/protocol.md").contains("`\(kind.rawValue)`"))
    }

    @Test(arguments: Refusal.Code.allCases) func everyErrorHasFixtureAndRow(code: Refusal.Code) throws {
        #expect(hasFixture("error.\(code.rawValue)"))
        #expect(try SourceTree.text("docs/protocol.md").contains("`\(code.rawValue)`"))
    }
}
