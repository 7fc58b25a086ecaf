internal import Glibc

extension UnsafeRawBufferPointer {
    /// Where `pattern` is first, from `start` on.
    func firstPlace(of pattern: [UInt8], from start: Int = 0) -> Int? {
        guard let baseAddress, start >= 0, let first = pattern.first else { return nil }
        var place = start
        while place <= count - pattern.count {
            let room = count - pattern.count + 1 - place
            guard let found = memchr(baseAddress + place, Int32(first), room) else { return nil }
            place = UnsafeRawPointer(found) - baseAddress
            if memcmp(found, pattern, pattern.count) == 0 { return place }
            place += 1
        }
        return nil
    }

    func contains(_ pattern: [UInt8]) -> Bool { firstPlace(of: pattern) != nil }

    /// Where `pattern` is last.
    func lastPlace(of pattern: [UInt8]) -> Int? {
        guard !pattern.isEmpty, count >= pattern.count else { return nil }
        var place = count - pattern.count
        while place >= 0 {
            if self[place] == pattern[0], self[place..<place + pattern.count].elementsEqual(pattern) { return place }
            place -= 1
        }
        return nil
    }

    /// Little-endian, of 1 to 8 bytes; nil past the end.
    func number(at place: Int, bytes: Int) -> UInt64? {
        guard place >= 0, count - bytes >= place else { return nil }
        return (0..<bytes).reduce(0) { $0 | UInt64(self[place + $1]) << (8 * $1) }
    }

    func starts(with pattern: [UInt8], at place: Int) -> Bool {
        guard place >= 0, count - pattern.count >= place else { return false }
        return self[place..<place + pattern.count].elementsEqual(pattern)
    }
}
