import Seeded
import Testing
import Wire

@Suite struct PushQuestionTests {
    @Test func whatIsAskedAndAnsweredIsReadAsItWasWritten() throws {
        var generator = SeededGenerator(seed: 7)
        let tenant = try #require(TenantSlug("acme"))
        for number in 0..<200 as Range<UInt64> {
            let question = PushQuestion(
                id: number, tenant: tenant, message: generator.identifier(),
                after: number.isMultiple(of: 2) ? generator.user() : nil)
            #expect(try PushQuestion(question.bytes) == question)
            let end = PushEnd(tenant: tenant, user: generator.user(), endpoint: generator.subscription().endpoint)
            #expect(try PushEnd(end.bytes) == end)
            let recipients = (0..<Int(number % 4)).map { _ in
                PushAudience.Recipient(
                    user: generator.user(), unread: generator.next(), subscriptions: [generator.subscription()])
            }
            let audience = PushAudience(
                conversation: generator.identifier(), seq: generator.next(), sender: generator.text(count: 1...100),
                title: number.isMultiple(of: 3) ? generator.text(count: 1...200) : nil,
                text: generator.text(count: 0...500), at: Timestamp(milliseconds: Int64(number)),
                recipients: recipients)
            let answer = PushAnswer.audience(
                id: number, number.isMultiple(of: 5) ? nil : audience, next: recipients.last?.user)
            #expect(try PushAnswer(answer.bytes) == answer && answer.id == number)
            for count in stride(from: 0, to: answer.bytes.count, by: 7) {
                #expect(throws: BinaryFault.self) { try PushAnswer(Array(answer.bytes[..<count])) }
            }
            #expect(throws: BinaryFault.self) { try PushAnswer(answer.bytes + [0]) }
        }
        #expect(try PushAnswer(PushAnswer.unavailable(id: 3).bytes) == .unavailable(id: 3))
    }
}
