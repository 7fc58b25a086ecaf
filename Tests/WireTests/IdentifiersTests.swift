import Foundation
import Seeded
import Testing
import Wire

@Suite struct IdentifiersTests {
    @Test(arguments: ["a", "0", "acme", "a-b", "a--", String(repeating: "z", count: 32)])
    func aSlugIsLowerCaseWithDashes(text: String) {
        #expect(TenantSlug(text)?.text == text)
    }

    @Test(arguments: ["", "-a", "A", "a_b", "a b", "ä", "a\u{0}", "a\n", String(repeating: "z", count: 33)])
    func nothingElseIsASlug(text: String) {
        #expect(TenantSlug(text) == nil)
    }

    @Test(arguments: ["a", "A.b_c@d:e-f", "0", String(repeating: "z", count: 64)])
    func aUserIsNamedInASCII(text: String) {
        #expect(UserID(text)?.text == text)
    }

    @Test(arguments: ["", " ", "a b", "é", "a/b", "a\u{0}", "\u{212A}", String(repeating: "z", count: 65)])
    func nothingElseIsAUser(text: String) {
        #expect(UserID(text) == nil)
    }

    @Test func aUUIDIsTakenInAnyCaseAndWrittenInLowerCase() {
        var generator = SeededGenerator(seed: 89)
        for _ in 0..<1_000 {
            let id: MessageID = generator.identifier()
            #expect(UUID(uuidString: id.text)?.uuidString.lowercased() == id.text)
            #expect(MessageID(id.text) == id)
            #expect(MessageID(id.text.uppercased()) == id)
            #expect(MessageID(bytes: id.bytes) == id)
        }
    }

    @Test(arguments: [
        "", "0190b6e24f3a7c519d201f2e3d4c5b6a", "{0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a}",
        "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6", "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a0",
        "0190b6e2-4f3a-7c51-9d201-f2e3d4c5b6a", "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6g",
        "0190b6e2 4f3a 7c51 9d20 1f2e3d4c5b6a", "٠190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a",
    ])
    func nothingElseIsAUUID(text: String) {
        #expect(ConversationID(text) == nil)
    }

    @Test func identifiersAreInTheOrderOfTheirText() {
        var generator = SeededGenerator(seed: 97)
        let ids = generator.list(200...200) { $0.identifier(MessageID.self) }
        #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
    }
}
