internal import Glibc

/// What a benchmark's message says: `~NNNNNNNNNN.TTTTTTTTTTTTTTTT~` and padding. N is the message's number, T when it was
/// sent, in nanoseconds of the benchmark's own clock.
struct Marker: Equatable {
    let number: UInt64
    let sentAt: UInt64

    private static let numberDigits = 10
    private static let timeDigits = 16
    static let count = numberDigits + timeDigits + 3

    func append(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "~"))
        Self.append(number, digits: Self.numberDigits, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        Self.append(sentAt, digits: Self.timeDigits, to: &bytes)
        bytes.append(UInt8(ascii: "~"))
    }

    /// Looks at `place` first, where the last marker of the same connection was: nothing before it in an event changes its
    /// length often.
    static func find(in payload: UnsafeRawBufferPointer, at place: inout Int) -> Marker? {
        if !isMarker(payload, at: place) {
            guard let found = search(payload) else { return nil }
            place = found
        }
        let number = digits(payload, from: place + 1, count: numberDigits)
        let sentAt = digits(payload, from: place + 2 + numberDigits, count: timeDigits)
        return Marker(number: number, sentAt: sentAt)
    }

    private static func search(_ payload: UnsafeRawBufferPointer) -> Int? {
        guard let base = payload.baseAddress else { return nil }
        var place = 0
        while let found = memchr(base + place, Int32(UInt8(ascii: "~")), payload.count - place) {
            place = UnsafeRawPointer(found) - base
            if isMarker(payload, at: place) { return place }
            place += 1
        }
        return nil
    }

    private static func isMarker(_ payload: UnsafeRawBufferPointer, at place: Int) -> Bool {
        place > 0 && place + count <= payload.count && payload[place] == UInt8(ascii: "~")
            && payload[place + 1 + numberDigits] == UInt8(ascii: ".")
            && payload[place + count - 1] == UInt8(ascii: "~")
    }

    private static func digits(_ payload: UnsafeRawBufferPointer, from place: Int, count: Int) -> UInt64 {
        var number: UInt64 = 0
        for offset in place..<place + count { number = number &* 10 &+ UInt64(payload[offset] &- UInt8(ascii: "0")) }
        return number
    }

    private static func append(_ number: UInt64, digits: Int, to bytes: inout [UInt8]) {
        var divisor: UInt64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
