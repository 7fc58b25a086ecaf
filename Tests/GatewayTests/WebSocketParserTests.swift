import NIOCore
import Seeded
import Testing

@testable import Gateway

@Suite struct WebSocketParserTests {
    typealias Input = WebSocketParser.Input

    /// A client's frame, masked with bytes that a wrong order would show.
    static func frame(
        _ opcode: UInt8, _ payload: [UInt8], final: Bool = true, reserved: UInt8 = 0, masked: Bool = true
    ) -> [UInt8] {
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        var bytes: [UInt8] = [(final ? 0x80 : 0) | reserved | opcode]
        let flag: UInt8 = masked ? 0x80 : 0
        switch payload.count {
        case ...125: bytes.append(flag | UInt8(payload.count))
        case ...0xFFFF: bytes += [flag | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [flag | 127] + (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 0xFF) }
        }
        guard masked else { return bytes + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    private func parse(_ bytes: [UInt8], max: Int = 1_000, step: Int? = nil) -> [Input] {
        var parser = WebSocketParser(messageBytesMax: max)
        var buffer = ByteBuffer()
        var inputs: [Input] = []
        for start in stride(from: 0, to: bytes.count, by: step ?? bytes.count) {
            buffer.writeBytes(bytes[start..<min(start + (step ?? bytes.count), bytes.count)])
            while let input = parser.next(from: &buffer) { inputs.append(input) }
        }
        return inputs
    }

    private static let text = Array("Hello, wörld".utf8)

    private static let cases: [(bytes: [UInt8], expected: [Input])] = [
        // RFC 6455 §5.7: "A single-frame masked text message".
        ([0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58], [.text(Array("Hello".utf8))]),
        (frame(1, []), [.text([])]),
        (frame(1, [UInt8](repeating: 65, count: 126)), [.text([UInt8](repeating: 65, count: 126))]),
        (frame(1, text) + frame(1, text), [.text(text), .text(text)]),
        (frame(2, [1]), [.binary]),
        (frame(9, [1, 2]) + frame(10, []), [.ping([1, 2]), .pong]),
        (
            frame(1, Array("Hel".utf8), final: false) + frame(9, [7]) + frame(0, Array("lo".utf8)),
            [.ping([7]), .text(Array("Hello".utf8))]
        ),
        (frame(2, [1], final: false) + frame(0, [2]), [.binary]),
        (frame(8, []), [.close(nil)]),
        (frame(8, [0x03, 0xE8]), [.close(1000)]),
        (frame(8, [0x0F, 0xA0] + Array("bye".utf8)), [.close(4000)]),
        (frame(8, [0x03]), [.violation(.protocolError)]),
        (frame(8, [0x03, 0xED]), [.violation(.protocolError)]),  // 1005
        (frame(8, [0x03, 0xEE]), [.violation(.protocolError)]),  // 1006
        (frame(8, [0x03, 0xF7]), [.violation(.protocolError)]),  // 1015
        (frame(8, [0x03, 0xE8, 0xFF]), [.violation(.notUTF8)]),
        (frame(1, text, masked: false), [.violation(.protocolError)]),
        (frame(1, text, reserved: 0x40), [.violation(.protocolError)]),
        (frame(1, text, reserved: 0x20), [.violation(.protocolError)]),
        (frame(1, text, reserved: 0x10), [.violation(.protocolError)]),
        (frame(3, []), [.violation(.protocolError)]),
        (frame(11, []), [.violation(.protocolError)]),
        (frame(0, []), [.violation(.protocolError)]),
        (frame(9, [], final: false), [.violation(.protocolError)]),
        (frame(9, [UInt8](repeating: 0, count: 126)), [.violation(.protocolError)]),
        (frame(1, [], final: false) + frame(1, []), [.violation(.protocolError)]),
    ]

    @Test(arguments: cases.indices) func framesMeanTheSameWholeAndByteByByte(place: Int) {
        let (bytes, expected) = Self.cases[place]
        #expect(parse(bytes) == expected)
        #expect(parse(bytes, step: 1) == expected)
        #expect(parse(bytes, step: 3) == expected)
    }

    @Test func aMessageMayFillItsLimitAndNotPassIt() {
        let fits = [UInt8](repeating: 65, count: 1_000)
        #expect(parse(Self.frame(1, fits)) == [.text(fits)])
        // The header alone says it.
        #expect(parse(Array(Self.frame(1, fits + [65]).prefix(4))) == [.violation(.tooLarge)])
        let half = [UInt8](repeating: 65, count: 500)
        let third = Self.frame(1, half, final: false) + Self.frame(0, half, final: false)
        #expect(parse(third + Self.frame(0, [])) == [.text(fits)])
        #expect(parse(third + Self.frame(0, [65])) == [.violation(.tooLarge)])
        let vast: [UInt8] = [0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(parse(vast) == [.violation(.tooLarge)])
    }

    @Test func afterAViolationNothingIsReadAnyMore() {
        #expect(parse(Self.frame(3, []) + Self.frame(1, Self.text)) == [.violation(.protocolError)])
    }

    @Test(arguments: 0..<20) func everyLengthIsUnmaskedRight(length: Int) {
        let payload = (0..<length).map { UInt8($0 * 7 & 0xFF) }
        #expect(parse(Self.frame(1, payload)) == [.text(payload)])
    }

    @Test(arguments: 0..<50) func rubbishNeverCrashesAndNeverMakesALongMessage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<20 {
            let payload = (0..<Int.random(in: 0..<200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            bytes += Self.frame(UInt8.random(in: 0...15, using: &random), payload, final: .random(using: &random))
        }
        for _ in 0..<5 {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        }
        let whole = parse(bytes)
        #expect(parse(bytes, step: 7) == whole)
        for case .text(let text) in whole { #expect(text.count <= 1_000) }
    }
}
