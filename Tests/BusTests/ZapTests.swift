import Testing
import Wire

@testable import Bus

@Suite struct ZapTests {
    private let now = ContinuousClock.now
    private var zap = Zap()

    private func key(_ number: UInt8) throws -> CurveKey {
        try #require(CurveKey(bytes: [UInt8](repeating: number, count: 32)))
    }

    private func request(_ key: [UInt8], domain: String = "acme", mechanism: String = "CURVE") -> [[UInt8]] {
        [[9], [], Array("1.0".utf8), [1], Array(domain.utf8), Array("127.0.0.1".utf8), [], Array(mechanism.utf8), key]
    }

    private func status(_ answer: [[UInt8]]?) -> String? { answer.map { String(decoding: $0[4], as: UTF8.self) } }

    @Test mutating func aKnownKeyIsLetInToItsDomainAndGetsANumber() throws {
        zap.admit([try key(1)], to: "acme", patience: .zero)
        let answer = try #require(zap.asked(request(try key(1).bytes), now: now) { 42 })
        #expect(answer.prefix(4) == [[9], [], Array("1.0".utf8), [1]])
        #expect(status(answer) == "200")
        let parsed = try #require(Zap.parse(userID: String(decoding: answer[6], as: UTF8.self)))
        #expect(parsed.key == (try key(1)) && parsed.serial == 42)
        #expect(zap.admitted["acme"] == [try key(1)])
        for (wrong, domain) in [(try key(2), "acme"), (try key(1), "other"), (try key(1), "")] {
            #expect(status(zap.asked(request(wrong.bytes, domain: domain), now: now) { 1 }) == "400")
        }
    }

    @Test mutating func anUnknownKeyWaitsInCaseItIsNew() throws {
        zap.admit([], to: "acme", patience: .seconds(1))
        #expect(zap.asked(request(try key(1).bytes), now: now, serial: { 1 }) == nil)
        #expect(zap.asked(request(try key(2).bytes), now: now, serial: { 1 }) == nil)
        #expect(zap.settle(now: now) { 1 }.isEmpty)
        zap.admit([try key(1)], to: "acme", patience: .seconds(1))
        #expect(zap.settle(now: now) { 7 }.map { status($0) } == ["200"])
        #expect(zap.settle(now: now + .seconds(1)) { 1 }.map { status($0) } == ["400"])
        #expect(zap.refused == ["acme": 1])
    }

    @Test mutating func soManyWaitAndNoMore() throws {
        zap.admit([], to: "acme", patience: .seconds(1))
        for _ in 0..<Zap.heldMax { #expect(zap.asked(request(try key(1).bytes), now: now, serial: { 1 }) == nil) }
        #expect(status(zap.asked(request(try key(1).bytes), now: now) { 1 }) == "400")
        zap.forget("acme")
        #expect(zap.settle(now: now) { 1 }.count == Zap.heldMax)
    }

    @Test mutating func whateverIsAskedIsRefusedOrLeft() throws {
        zap.admit([try key(1)], to: "acme", patience: .zero)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var message = request(try key(2).bytes)
            let place = Int.random(in: 2..<message.count, using: &generator)
            message[place] = (0..<Int.random(in: 0...40, using: &generator)).map { _ in .random(in: 0...255) }
            if Bool.random() { message = Array(message.prefix(Int.random(in: 0...9))) }
            #expect(status(zap.asked(message, now: now) { 1 }) != "200")
        }
        for mechanism in ["NULL", "PLAIN", ""] {
            #expect(status(zap.asked(request(try key(1).bytes, mechanism: mechanism), now: now) { 1 }) == "400")
        }
        for text in ["", "1", "x y", "1 short", "-1 " + (try key(1).text)] { #expect(Zap.parse(userID: text) == nil) }
    }

    @Test func keyFilesAreTheirOwnersAlone() throws {
        let folder = Folder()
        defer { folder.remove() }
        let made = try KeyFile.pair("taps", in: folder.path)
        #expect(try KeyFile.pair("taps", in: folder.path) == made)
        #expect(try KeyFile.read(public: "\(folder.path)/taps.public") == made.publicKey)
        #expect(throws: BusFailure.self) { try KeyFile.read(secret: "\(folder.path)/taps.public") }
        #expect(throws: BusFailure.self) { try KeyFile.read(public: "\(folder.path)/nothing") }
        #expect(throws: BusFailure.self) {
            try LinkKeys(folder: "", own: .router, others: [], for: ["ipc:///tmp/x", "tcp://127.0.0.1:1"])
        }
        #expect(try LinkKeys(folder: "", own: .router, others: [], for: ["ipc:///tmp/x"]) == nil)
    }
}
