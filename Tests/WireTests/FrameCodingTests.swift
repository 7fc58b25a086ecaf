import Seeded
import Testing
import Wire

@Suite struct FrameCodingTests {
    private static let send = Frame(
        ref: "7", actingAs: Sample.bob,
        command: .write(
            .messageSend(
                MessageSend(
                    conversation: Sample.lunch, id: Sample.hello, text: "Grüße \"an\" alle 🥨", attachments: ["a", "b"],
                    replyTo: Sample.earlier))))

    @Test(arguments: Op.allCases)
    func aFrameThatIsWrittenAndReadIsTheSame(op: Op) {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let command = generator.command(of: op)
            let frame = Frame(ref: generator.maybe { $0.text(count: 0...64) }, command: command)
            #expect(Frame.parse(frame.bytes) == .frame(frame))
            #expect(command.op == op)
        }
    }

    @Test func whoActsForWhomIsKept() {
        #expect(Frame.parse(Self.send.bytes) == .frame(Self.send))
    }

    @Test func aFrameCutShortAnywhereIsBroken() {
        let bytes = Self.send.bytes
        for count in bytes.indices { #expect(Frame.parse(Array(bytes[..<count])) == .broken) }
    }

    @Test func whateverBytesComeTheyAreTakenRefusedOrBroken() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            #expect(isSound(Frame.parse(generator.bytes(count: 0...80))))
        }
    }

    @Test func aFrameWithAFewBytesChangedIsTakenRefusedOrBroken() {
        var generator = SeededGenerator(seed: 13)
        var taken = 0
        for _ in 0..<5_000 {
            let parsed = Frame.parse(generator.mutated(generator.frame().bytes))
            #expect(isSound(parsed))
            if case .frame = parsed { taken += 1 }
        }
        // Otherwise nothing but the first check of each field has been tried.
        #expect(taken > 50)
    }

    /// What is taken can be said again; what is refused names the field that is wrong.
    private func isSound(_ parsed: ParsedFrame) -> Bool {
        switch parsed {
        case .frame(let frame): Frame.parse(frame.bytes) == parsed
        case .refused(_, let refusal): refusal.code == .badRequest && refusal.field != nil
        case .broken: true
        }
    }

    @Test(arguments: ["[", "{\"a\":"], [17, 10_000, 20_000])
    func nestingIsRefusedHoweverDeepAndKeepsItsRef(opening: String, levels: Int) {
        let closing = String(repeating: opening == "[" ? "]" : "}", count: levels)
        let json = "{\"op\":\"ping\",\"x\":\(String(repeating: opening, count: levels))1\(closing),\"ref\":\"7\"}"
        #expect(Frame.parse(Array(json.utf8)) == .refused(ref: "7", .badRequest("x")))
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"\":"])
    func aWholeFrameOfOpeningsIsBroken(opening: String) {
        let frame = String(repeating: opening, count: Limits.frameBytes / opening.utf8.count)
        #expect(Frame.parse(Array(frame.utf8)) == .broken)
        #expect(Frame.parse(Array(("{\"x\":" + frame).utf8)) == .broken)
    }

    @Test func thousandsOfKeysAreRefusedAtTheFirstOneTooMany() {
        let keys = (0..<12_000).map { "\"k\($0)\":0" }.joined(separator: ",")
        let wide = "{\"op\":\"ping\",\(keys),\"ref\":\"7\"}"
        #expect(Frame.parse(Array(wide.utf8)) == .refused(ref: "7", .badRequest("k31")))
        let inside = "{\"op\":\"ping\",\"x\":{\(keys),\"k11\":1},\"ref\":\"7\"}"
        #expect(Frame.parse(Array(inside.utf8)) == .refused(ref: "7", .badRequest("x")))
    }

    @Test func longKeysInEscapesCostNoMoreThanTheirLength() {
        let long = (0..<32).map { "\"\\u0061\(String(repeating: "x", count: 2_000))\($0)\":0" }
        let short = (0..<6_000).map { "\"k\($0)\":0" }
        let json = "{\(long.joined(separator: ",")),\(short.joined(separator: ",")),\"ref\":\"7\",\"ref\":\"8\"}"
        #expect(Frame.parse(Array(json.utf8)) == .refused(ref: "7", .badRequest("k0")))
    }

    @Test(arguments: ["x", "é", "世", "🥨"])
    func textIsCountedInCodePoints(character: String) {
        #expect(field(ofText: String(repeating: character, count: 10_000)) == nil)
        #expect(field(ofText: String(repeating: character, count: 10_001)) == "text")
    }

    @Test func whiteSpaceAroundTheTextDoesNotCount() {
        #expect(field(ofText: "  " + String(repeating: "x", count: 10_000) + "\u{2003}") == nil)
    }

    @Test func aCombinedCharacterCountsEachOfItsCodePoints() {
        #expect(field(ofText: String(repeating: "e\u{301}", count: 5_000)) == nil)
        #expect(field(ofText: String(repeating: "e\u{301}", count: 5_001)) == "text")
    }

    /// The field that is refused in a `message.send` of this text.
    private func field(ofText text: String) -> String? {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("op", "message.send")
        writer.field("conversation", Sample.lunch)
        writer.field("id", Sample.hello)
        writer.field("text", text)
        writer.endObject()
        guard case .refused(_, let refusal) = Frame.parse(writer.bytes) else { return nil }
        return refusal.field
    }

    @Test func aGroupTakesTenThousandMembersAndNoMore() {
        func parsed(_ count: Int) -> ParsedFrame {
            let names = (0..<count).map { "\"u\(String($0, radix: 36))\"" }.joined(separator: ",")
            let id = Sample.lunch.text
            return Frame.parse(
                Array(
                    "{\"op\":\"conversation.create\",\"kind\":\"group\",\"id\":\"\(id)\",\"members\":[\(names)]}".utf8))
        }
        guard case .frame(let frame) = parsed(10_000), case .write(.conversationCreate(let create)) = frame.command
        else {
            Issue.record("refused")
            return
        }
        #expect(create.members.count == 10_000)
        #expect(parsed(10_001) == .refused(ref: nil, .badRequest("members")))
    }
}
