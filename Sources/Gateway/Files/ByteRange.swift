/// A `Range` field (RFC 9110 §14): what is to be sent of so many bytes.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int64>)
    /// 416.
    case unsatisfiable

    /// Several ranges, other units and what breaks the form are answered with the whole, as a server may (§14.2).
    init(_ field: String?, size: Int64) {
        guard let field, field.utf8.count <= 64, field.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let sides = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map {
            $0.filter { $0 != " " }
        }
        guard sides.count == 2, sides.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            self = .whole
            return
        }
        switch (Int64(sides[0]), Int64(sides[1])) {
        case (let first?, let last?):
            guard first <= last else {
                self = .whole
                return
            }
            self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        case (let first?, nil):
            guard sides[1].isEmpty else {
                self = .whole
                return
            }
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (nil, let count?):
            guard sides[0].isEmpty else {
                self = .whole
                return
            }
            self = count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
        case (nil, nil): self = .whole
        }
    }
}
