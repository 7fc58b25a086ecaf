import Seeded
import Testing
import Wire

@Suite struct TapsTests {
    private func key(_ generator: inout SeededGenerator) -> CurveKey? {
        CurveKey(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    private func directory(_ generator: inout SeededGenerator) -> TapDirectory {
        let tenants = (0..<Int.random(in: 0...5, using: &generator)).compactMap { place -> TapDirectory.Tenant? in
            guard let slug = TenantSlug("tenant-\(place)") else { return nil }
            let taps = (0..<Int.random(in: 0...4, using: &generator)).compactMap { number -> TapRecord? in
                guard let key = key(&generator) else { return nil }
                let scope = TapScope(
                    conversations: Bool.random(using: &generator) ? [generator.identifier()] : [],
                    events: Bool.random(using: &generator) ? ["message.created"] : [],
                    showsText: Bool.random(using: &generator))
                let expiresAt =
                    Bool.random(using: &generator)
                    ? Timestamp(milliseconds: .random(in: -5...5_000_000, using: &generator)) : nil
                return TapRecord(name: "tap-\(number)", key: key, scope: scope, expiresAt: expiresAt)
            }
            return TapDirectory.Tenant(tenant: slug, place: UInt16(place), taps: taps)
        }
        let version = TapDirectory.Version(run: generator.next(), counter: generator.next())
        return TapDirectory(version: version, tenants: tenants)
    }

    @Test func aDirectoryIsReadAsItWasWritten() throws {
        var generator = SeededGenerator(seed: 83)
        for _ in 0..<300 {
            let answer = TapsAnswer.directory(directory(&generator))
            #expect(try TapsAnswer(answer.bytes) == answer)
        }
        #expect(try TapsAnswer(TapsAnswer.unchanged.bytes) == .unchanged)
        let request = TapsRequest(version: TapDirectory.Version(run: 1, counter: 2))
        #expect(try TapsRequest(request.bytes) == request)
    }

    @Test func nothingIsTakenThatIsCutShortOrGoesOn() {
        var generator = SeededGenerator(seed: 89)
        for _ in 0..<30 {
            let bytes = TapsAnswer.directory(directory(&generator)).bytes
            for count in bytes.indices {
                #expect(throws: BinaryFault.self) { try TapsAnswer(Array(bytes[..<count])) }
            }
            #expect(throws: BinaryFault.self) { try TapsAnswer(bytes + [0]) }
        }
    }

    @Test func requestsAreReadAsTheyWereWritten() {
        var generator = SeededGenerator(seed: 97)
        for _ in 0..<500 {
            let requests: [TapRequest] = [
                .stream(from: generator.next(), credit: UInt32(truncatingIfNeeded: generator.next())),
                .credit(UInt32(truncatingIfNeeded: generator.next())),
                .replay(from: generator.next(), to: generator.next()),
            ]
            for request in requests { #expect(TapRequest(request.frames) == request) }
        }
    }

    @Test func whateverFramesComeTheyAreARequestOrNone() {
        var generator = SeededGenerator(seed: 101)
        let names = ["STREAM", "CREDIT", "REPLAY", "END", "", "stream"]
        for _ in 0..<20_000 {
            var frames: [[UInt8]] = [Array((names.randomElement(using: &generator) ?? "").utf8)]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                frames.append(
                    (0..<Int.random(in: 0...9, using: &generator)).map { _ in UInt8(generator.next() & 0xff) })
            }
            guard let request = TapRequest(frames) else { continue }
            #expect(request.frames == frames)
        }
        #expect(TapRequest([[UInt8]]()) == nil)
    }

    @Test(arguments: [
        TapMessage.event(topic: Array("t".utf8), offset: 258, json: Array("{}".utf8)), .end(7), .gone(oldest: 9),
        .refused(.rateLimited),
    ]) func messagesAreReadAsTheyWereWritten(message: TapMessage) {
        #expect(TapMessage(message.frames) == message)
    }

    @Test func theOffsetIsBigEndian() {
        #expect(TapMessage.end(258).frames[1] == [0, 0, 0, 0, 0, 0, 1, 2])
    }

    @Test func theHeartbeatIsTheContracts() throws {
        let acme = try #require(TenantSlug("acme"))
        let frames = TapMessage.heartbeat(of: acme, epoch: "e7", offset: 12).frames
        #expect(String(decoding: frames[0], as: UTF8.self) == "tenant_acme_system")
        #expect(frames[1] == [UInt8](repeating: 0, count: 8))
        #expect(
            String(decoding: frames[2], as: UTF8.self) == #"{"event":"heartbeat","offset":12,"epoch":"e7"}"#)
    }

    @Test(arguments: [
        (
            #"{"event":"message.created","message":{"id":"1","text":"a \"b\" \\"}}"#,
            #"{"event":"message.created","message":{"id":"1","text":""}}"#
        ),
        (
            #"{"text":"x","a":["text",{"text":""}],"context":"text"}"#,
            #"{"text":"","a":["text",{"text":""}],"context":"text"}"#
        ),
        (#"{"text":null,"b":"c"}"#, #"{"text":null,"b":"c"}"#),
        (#"{"text":"never closed"#, #"{"text":"""#),
    ]) func textIsTakenOut(given: String, left: String) throws {
        let acme = try #require(TenantSlug("acme"))
        let envelope = Envelope(offset: 1, durability: .durable, scope: .system, json: Array(given.utf8))
        guard case .event(_, _, let json) = envelope.tapMessage(in: acme, showsText: false) else { return }
        #expect(String(decoding: json, as: UTF8.self) == left)
    }

    @Test func takingTextOutOfRubbishEnds() throws {
        let acme = try #require(TenantSlug("acme"))
        var generator = SeededGenerator(seed: 103)
        let alphabet = Array(#"{}[]":,\text1"#.utf8)
        for _ in 0..<5_000 {
            let json = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            let envelope = Envelope(offset: 1, durability: .durable, scope: .system, json: json)
            guard case .event(_, _, let left) = envelope.tapMessage(in: acme, showsText: false) else { continue }
            #expect(left.count <= json.count + 2)
        }
    }

    @Test func aKeyIsWrittenAsZeroMQWritesIt() throws {
        // The example of ZeroMQ RFC 32.
        #expect(Z85.text(of: [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B]) == "HelloWorld")
        #expect(Z85.bytes(of: "HelloWorld") == [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B])
        #expect(Z85.bytes(of: "Hello Worl") == nil && Z85.bytes(of: "Hell") == nil && Z85.bytes(of: "#####") == nil)
        var generator = SeededGenerator(seed: 107)
        for _ in 0..<300 {
            guard let key = self.key(&generator) else { continue }
            #expect(CurveKey(key.text) == key)
        }
    }

    @Test func aScopeAdmitsWhatItNames() {
        var generator = SeededGenerator(seed: 109)
        let (one, other): (ConversationID, ConversationID) = (generator.identifier(), generator.identifier())
        let narrow = TapScope(conversations: [one], events: ["message.created"])
        #expect(narrow.admits(.conversation(one), event: "message.created"))
        #expect(!narrow.admits(.conversation(other), event: "message.created"))
        #expect(!narrow.admits(.conversation(one), event: "read"))
        #expect(!narrow.admits(.system, event: "message.created"))
        #expect(TapScope.whole.admits(.system, event: "anything") && TapScope.whole.isWhole && !narrow.isWhole)
    }

    @Test func aDeletionNamesWhatItEmpties() throws {
        let acme = try #require(TenantSlug("acme"))
        let json =
            #"{"event":"message.deleted","offset":9,"conversation":"c","seq":2,"id":"i","by":"empties","empties":7}"#
        let envelopes = [
            Envelope(offset: 8, durability: .durable, scope: .system, json: Array(#"{"event":"x","empties":3}"#.utf8)),
            Envelope(offset: 9, durability: .durable, scope: .system, json: Array(json.utf8)),
        ]
        let pack = try EncodedPack(EventPack(tenant: acme, epoch: "e", envelopes: envelopes).bytes)
        #expect(pack.events.map(\.empties) == [0, 7])
    }
}
