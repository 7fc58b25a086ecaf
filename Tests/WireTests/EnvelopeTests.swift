import Seeded
import Testing
import Wire

@Suite struct EnvelopeTests {
    @Test func aPackIsReadAsItWasWritten() throws {
        var generator = SeededGenerator(seed: 47)
        for _ in 0..<1_000 {
            let pack = generator.pack()
            #expect(try EventPack(pack.bytes) == pack)
        }
    }

    @Test func aHeartbeatIsReadAsItWasWritten() throws {
        var generator = SeededGenerator(seed: 53)
        for _ in 0..<1_000 {
            let heartbeat = generator.heartbeat()
            #expect(try Heartbeat(heartbeat.bytes) == heartbeat)
        }
    }

    @Test func noPackIsTakenThatIsCutShortOrGoesOn() {
        var generator = SeededGenerator(seed: 59)
        for _ in 0..<10 {
            let pack = generator.pack().bytes
            for count in pack.indices { #expect(throws: BinaryFault.self) { try EventPack(Array(pack[..<count])) } }
            #expect(throws: BinaryFault.self) { try EventPack(pack + [0]) }
            let heartbeat = generator.heartbeat().bytes
            for count in heartbeat.indices {
                #expect(throws: BinaryFault.self) { try Heartbeat(Array(heartbeat[..<count])) }
            }
            #expect(throws: BinaryFault.self) { try Heartbeat(heartbeat + [0]) }
        }
    }

    @Test func whateverBytesComeTheyAreWhatTheySayOrAFault() {
        var generator = SeededGenerator(seed: 61)
        for _ in 0..<2_000 {
            let bytes = generator.mutated(generator.pack().bytes)
            if let pack = try? EventPack(bytes) { #expect(pack.bytes == bytes) }
            let beat = generator.mutated(generator.heartbeat().bytes)
            if let heartbeat = try? Heartbeat(beat) { #expect(heartbeat.bytes == beat) }
            let random = generator.bytes(count: 0...60)
            if let pack = try? EventPack(random) { #expect(pack.bytes == random) }
        }
    }

    @Test func noTenantsEventsCarryTheHeartbeatsTopic() {
        #expect(!Heartbeat.topic.hasPrefix("tenant_"))
    }
}
