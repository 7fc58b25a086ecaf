internal import Wire

/// Where the `read` and `received` cursors stand that some state events tell of. Cursors only move forward, so that an
/// event that tells of less is an old one.
struct CursorMarks {
    /// By what stands before the seq in the JSON: which cursor, where, whose.
    private var seqs: [ArraySlice<UInt8>: UInt64] = [:]

    init(_ events: [[UInt8]]) {
        for event in events {
            guard let (cursor, seq) = Self.parts(of: event) else { continue }
            seqs[cursor] = max(seqs[cursor] ?? 0, seq)
        }
    }

    /// Whether the event tells nothing beyond them. False for all that is no cursor's.
    func cover(_ event: [UInt8]) -> Bool {
        guard !seqs.isEmpty, let (cursor, seq) = Self.parts(of: event), let told = seqs[cursor] else { return false }
        return seq <= told
    }

    /// `{"event":"read",…,"seq":45}` (Wire/Event.swift) as what is before the digits, and their number.
    private static func parts(of event: [UInt8]) -> (cursor: ArraySlice<UInt8>, seq: UInt64)? {
        guard event.last == UInt8(ascii: "}") else { return nil }
        let rest = event.dropLast()
        var start = rest.endIndex
        while start > rest.startIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(rest[start - 1]) { start -= 1 }
        guard rest[..<start].suffix(seqField.count).elementsEqual(seqField),
            let seq = UInt64(String(decoding: rest[start...], as: UTF8.self))
        else { return nil }
        return (rest[..<start], seq)
    }

    private static let seqField = Array(#","seq":"#.utf8)
}
