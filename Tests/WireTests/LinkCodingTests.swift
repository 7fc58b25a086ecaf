import Seeded
import Testing
import Wire

@Suite struct LinkCodingTests {
    @Test func whatAGatewaySaysIsReadAsItWasWritten() throws {
        var generator = SeededGenerator(seed: 31)
        for _ in 0..<1_000 {
            let message = generator.toRouter()
            #expect(try ToRouter(message.bytes) == message)
        }
    }

    @Test func whatARouterSaysIsReadAsItWasWritten() throws {
        var generator = SeededGenerator(seed: 37)
        for _ in 0..<1_000 {
            let message = generator.toGateway()
            #expect(try ToGateway(message.bytes) == message)
        }
    }

    @Test func noMessageIsTakenThatIsCutShortOrGoesOn() {
        var generator = SeededGenerator(seed: 41)
        for _ in 0..<20 {
            let toRouter = generator.toRouter().bytes
            let toGateway = generator.toGateway().bytes
            for count in toRouter.indices {
                #expect(throws: BinaryFault.self) { try ToRouter(Array(toRouter[..<count])) }
            }
            for count in toGateway.indices {
                #expect(throws: BinaryFault.self) { try ToGateway(Array(toGateway[..<count])) }
            }
            #expect(throws: BinaryFault.self) { try ToRouter(toRouter + [0]) }
            #expect(throws: BinaryFault.self) { try ToGateway(toGateway + [0]) }
        }
    }

    @Test func whateverBytesComeTheyAreAMessageOrAFault() throws {
        var generator = SeededGenerator(seed: 43)
        for _ in 0..<2_000 {
            let forRouter = generator.mutated(generator.toRouter().bytes)
            if let message = try? ToRouter(forRouter) { #expect(message.bytes == forRouter) }
            let forGateway = generator.mutated(generator.toGateway().bytes)
            if let message = try? ToGateway(forGateway) { #expect(try ToGateway(message.bytes) == message) }
            let random = generator.bytes(count: 0...60)
            if let message = try? ToRouter(random) { #expect(message.bytes == random) }
        }
    }
}
