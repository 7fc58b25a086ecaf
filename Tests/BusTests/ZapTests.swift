import Testing
import Wire

@testable import Bus

@Suite struct ZapTests {
    private let now = ContinuousClock.now
    private var zap = Zap()

    private func key(_ number: UInt8) -> CurveKey {
        guard let key = CurveKey(bytes: [UInt8](repeating: number, count: CurveKey.byteCount)) else {
            preconditionFailure("32 bytes are a key")
        }
        return key
    }

    private func request(_ key: [UInt8], domain: String = "acme", mechanism: String = "CURVE") -> [[UInt8]] {
        [[9], [], Array("1.0".utf8), [1], Array(domain.utf8), Array("127.0.0.1".utf8), [], Array(mechanism.utf8), key]
    }

    private func status(_ answer: [[UInt8]]?) -> String? { answer.map { String(decoding: $0[4], as: UTF8.self) } }

    private mutating func ask(_ message: [[UInt8]], serial: UInt64 = 1) -> [[UInt8]]? {
        zap.asked(message, now: now) { serial }
    }

    private mutating func settle(after wait: Duration = .zero) -> [String?] {
        zap.settle(now: now + wait) { 1 }.map { status($0) }
    }

    @Test mutating func aKnownKeyIsLetInToItsDomainAndGetsANumber() throws {
        zap.admit([key(1)], to: "acme", patience: .zero)
        let answer = try #require(ask(request(key(1).bytes), serial: 42))
        #expect(answer.prefix(4) == [[9], [], Array("1.0".utf8), [1]])
        #expect(status(answer) == "200")
        let parsed = try #require(Zap.parse(userID: String(decoding: answer[6], as: UTF8.self)))
        #expect(parsed.key == (key(1)) && parsed.serial == 42)
        #expect(zap.admitted["acme"] == [key(1)])
        for (wrong, domain) in [(key(2), "acme"), (key(1), "other"), (key(1), "")] {
            #expect(status(ask(request(wrong.bytes, domain: domain))) == "400")
        }
    }

    @Test mutating func anUnknownKeyWaitsInCaseItIsNew() throws {
        zap.admit([], to: "acme", patience: .seconds(1))
        #expect(ask(request(key(1).bytes)) == nil)
        #expect(ask(request(key(2).bytes)) == nil)
        #expect(settle().isEmpty)
        zap.admit([key(1)], to: "acme", patience: .seconds(1))
        #expect(settle() == ["200"])
        #expect(settle(after: .seconds(1)) == ["400"])
        #expect(zap.refused == ["acme": 1])
    }

    @Test mutating func soManyWaitAndNoMore() throws {
        zap.admit([], to: "acme", patience: .seconds(1))
        for _ in 0..<Zap.heldMax { #expect(ask(request(key(1).bytes)) == nil) }
        #expect(status(ask(request(key(1).bytes))) == "400")
        zap.forget("acme")
        #expect(settle().count == Zap.heldMax)
    }

    @Test mutating func whateverIsAskedIsRefusedOrLeft() throws {
        zap.admit([key(1)], to: "acme", patience: .zero)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var message = request(key(2).bytes)
            let place = Int.random(in: 2..<message.count, using: &generator)
            message[place] = (0..<Int.random(in: 0...40, using: &generator)).map { _ in .random(in: 0...255) }
            if Bool.random() { message = Array(message.prefix(Int.random(in: 0...9))) }
            #expect(status(ask(message)) != "200")
        }
        for mechanism in ["NULL", "PLAIN", ""] {
            #expect(status(ask(request(key(1).bytes, mechanism: mechanism))) == "400")
        }
        for text in ["", "1", "x y", "1 short", "-1 " + (key(1).text)] { #expect(Zap.parse(userID: text) == nil) }
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
