/// How long a recording is, where its file says so in a fixed place; nil where it does not, or says nonsense.
enum MediaLength {
    static func milliseconds(_ media: FileType.Media, _ bytes: UnsafeRawBufferPointer) -> Int? {
        let length: Double? =
            switch media {
            case .wav: wav(bytes)
            case .ogg: ogg(bytes)
            case .other: nil
            }
        guard let length, length.isFinite, length >= 0, length <= Double(InspectionReport.durationMsMax) else {
            return nil
        }
        return Int(length.rounded())
    }

    /// RIFF's chunks: `fmt ` has bytes a second, `data` the number of bytes.
    private static func wav(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard bytes.starts(with: Array("RIFF".utf8), at: 0), bytes.starts(with: Array("WAVE".utf8), at: 8) else {
            return nil
        }
        var rate: UInt64?
        var place = 12
        while let size = bytes.number(at: place + 4, bytes: 4) {
            if bytes.starts(with: Array("fmt ".utf8), at: place) { rate = bytes.number(at: place + 16, bytes: 4) }
            if bytes.starts(with: Array("data".utf8), at: place), let rate, rate > 0 {
                // Writers that can't go back leave the largest number.
                let there = min(size, UInt64(max(0, bytes.count - place - 8)))
                return Double(there) * 1_000 / Double(rate)
            }
            place += 8 + Int(size) + Int(size & 1)
        }
        return nil
    }

    /// The last page's position (RFC 3533, 6) in samples: of 48 kHz after the pre-skip for Opus (RFC 7845, 4 and 5.1), of the
    /// stream's own rate for Vorbis.
    private static func ogg(_ bytes: UnsafeRawBufferPointer) -> Double? {
        let mark = Array("OggS".utf8)
        guard bytes.starts(with: mark, at: 0), let segments = bytes.number(at: 26, bytes: 1) else { return nil }
        // A page has at most 65,307 bytes.
        let end = UnsafeRawBufferPointer(rebasing: bytes.suffix(65_536))
        guard let page = end.lastPlace(of: mark), let position = end.number(at: page + 6, bytes: 8), position < 1 << 62
        else { return nil }
        let packet = 27 + Int(segments)
        if bytes.starts(with: Array("OpusHead".utf8), at: packet) {
            guard let skip = bytes.number(at: packet + 10, bytes: 2), position >= skip else { return nil }
            return Double(position - skip) / 48
        }
        if bytes.starts(with: [1] + Array("vorbis".utf8), at: packet),
            let rate = bytes.number(at: packet + 12, bytes: 4), rate > 0
        {
            return Double(position) * 1_000 / Double(rate)
        }
        return nil
    }
}
