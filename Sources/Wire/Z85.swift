/// Bytes as printable text, five characters for four bytes (ZeroMQ RFC 32): how CURVE keys are written.
public enum Z85 {
    private static let digits = Array(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)

    /// - Parameter bytes: a multiple of four; what is left over is left out.
    public static func text(of bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 4 * 5)
        for start in stride(from: 0, to: bytes.count - 3, by: 4) {
            var value = bytes[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            var group: [UInt8] = []
            for _ in 0..<5 {
                group.append(digits[Int(value % 85)])
                value /= 85
            }
            text.append(contentsOf: group.reversed())
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil where `text` is not what `text(of:)` writes.
    public static func bytes(of text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 5) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 5 * 4)
        for start in stride(from: 0, to: characters.count, by: 5) {
            var value: UInt64 = 0
            for character in characters[start..<start + 5] {
                guard let digit = digits.firstIndex(of: character) else { return nil }
                value = value * 85 + UInt64(digit)
            }
            guard let group = UInt32(exactly: value) else { return nil }
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: group >> shift))
            }
        }
        return bytes
    }
}
