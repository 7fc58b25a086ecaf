/// Recordings (WAV) of a wanted size: a kind of file that is looked at and stored as it is. No two are alike, since the same
/// content is stored once.
struct FileContent: Sendable {
    static let fileName = "bench.wav"
    static let type = "audio/wav"
    private static let formatBytes: UInt32 = 16
    private static let samplesPerSecond: UInt32 = 48_000

    /// What all have behind their beginning.
    let rest: [UInt8]

    /// Bytes of a file's own beginning: RIFF's head, and its number.
    private static let headBytes = 64

    var size: Int { Self.headBytes + rest.count }

    /// - Parameter size: in bytes, 64 at least.
    init(size: Int) {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let words = (max(0, size - Self.headBytes) + 7) / 8
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words * 8)
        for _ in 0..<words {
            // xorshift64 (Marsaglia, "Xorshift RNGs", 2003): nothing that a disk could squeeze.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - max(0, size - Self.headBytes))
        rest = bytes
    }

    /// The beginning of the file with this number.
    func head(_ number: Number) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: UInt32) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        bytes.append(contentsOf: "RIFF".utf8)
        append(UInt32(size - 8))
        bytes.append(contentsOf: "WAVEfmt ".utf8)
        append(Self.formatBytes)
        // PCM, one channel; bytes a second; two bytes a sample of 16 bits.
        append(0x0001_0001)
        append(Self.samplesPerSecond)
        append(Self.samplesPerSecond * 2)
        append(0x0010_0002)
        bytes.append(contentsOf: "data".utf8)
        append(UInt32(size - 44))
        withUnsafeBytes(of: number.high) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: number.low) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: repeatElement(0, count: Self.headBytes - bytes.count))
        return bytes
    }

    /// Different for every file of every run.
    struct Number: Sendable {
        let high: UInt64
        let low: UInt64

        init() {
            var random = SystemRandomNumberGenerator()
            high = random.next()
            low = random.next()
        }
    }
}
