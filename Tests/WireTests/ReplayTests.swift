import Seeded
import Testing
import Wire

@Suite struct ReplayTests {
    @Test func aRequestIsReadAsItWasWritten() throws {
        var generator = SeededGenerator(seed: 67)
        for _ in 0..<1_000 {
            let request = generator.replayRequest()
            #expect(try ReplayRequest(request.bytes) == request)
        }
    }

    @Test func anAnswerIsReadAsItWasWritten() throws {
        var generator = SeededGenerator(seed: 71)
        for _ in 0..<1_000 {
            let answer = generator.replayAnswer()
            #expect(try ReplayAnswer(answer.bytes) == answer)
            #expect(try ReplayAnswer(answer.bytes).id == answer.id)
        }
    }

    @Test func nothingIsTakenThatIsCutShortOrGoesOn() {
        var generator = SeededGenerator(seed: 73)
        for _ in 0..<50 {
            let request = generator.replayRequest().bytes
            for count in request.indices {
                #expect(throws: BinaryFault.self) { try ReplayRequest(Array(request[..<count])) }
            }
            #expect(throws: BinaryFault.self) { try ReplayRequest(request + [0]) }
            let answer = generator.replayAnswer().bytes
            for count in answer.indices {
                #expect(throws: BinaryFault.self) { try ReplayAnswer(Array(answer[..<count])) }
            }
            #expect(throws: BinaryFault.self) { try ReplayAnswer(answer + [0]) }
        }
    }

    @Test func whateverBytesComeTheyAreWhatTheySayOrAFault() {
        var generator = SeededGenerator(seed: 79)
        for _ in 0..<5_000 {
            let request = generator.mutated(generator.replayRequest().bytes)
            if let read = try? ReplayRequest(request) { #expect(read.bytes == request) }
            let answer = generator.mutated(generator.replayAnswer().bytes)
            if let read = try? ReplayAnswer(answer) { #expect(read.bytes == answer) }
        }
    }
}
