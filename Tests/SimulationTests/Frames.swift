import Foundation

/// A client's side of RFC 6455, as far as a gateway's frames need it.
struct Frames {
    enum Frame: Equatable {
        case text([UInt8])
        case ping([UInt8])
        case close(UInt16?)
    }

    private var buffer: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) -> [Frame] {
        buffer += bytes
        var frames: [Frame] = []
        var place = 0
        while buffer.count >= place + 2 {
            var start = place + 2
            var count = Int(buffer[place + 1] & 0x7F)
            if count >= 126 {
                let width = count == 126 ? 2 : 8
                guard buffer.count >= start + width else { break }
                count = buffer[start..<start + width].reduce(0) { $0 << 8 | Int($1) }
                start += width
            }
            guard buffer.count >= start + count else { break }
            let payload = Array(buffer[start..<start + count])
            switch buffer[place] & 0x0F {
            case 1: frames.append(.text(payload))
            case 8: frames.append(.close(payload.count < 2 ? nil : UInt16(payload[0]) << 8 | UInt16(payload[1])))
            case 9: frames.append(.ping(payload))
            default: break
            }
            place = start + count
        }
        buffer.removeFirst(place)
        return frames
    }

    static func text(_ json: String) -> [UInt8] { frame(1, Array(json.utf8)) }
    static func pong(_ payload: [UInt8]) -> [UInt8] { frame(10, payload) }

    /// The mask is four zeros, which is a legal one.
    private static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        let length: [UInt8] =
            count < 126 ? [0x80 | UInt8(count)] : [0x80 | 126, UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
        let mask: [UInt8] = [0, 0, 0, 0]
        return [0x80 | opcode] + length + mask + payload
    }
}

/// A JSON object, read without Parley's own code.
struct Object {
    private let fields: [String: Any]

    init?(_ bytes: [UInt8]) {
        guard let fields = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] else { return nil }
        self.fields = fields
    }

    private init(_ fields: [String: Any]) { self.fields = fields }

    func text(_ name: String) -> String? { fields[name] as? String }
    func number(_ name: String) -> UInt64? { (fields[name] as? NSNumber)?.uint64Value }
    func flag(_ name: String) -> Bool { (fields[name] as? NSNumber)?.boolValue ?? false }
    func texts(_ name: String) -> [String] { fields[name] as? [String] ?? [] }
    subscript(name: String) -> Object? { (fields[name] as? [String: Any]).map(Object.init) }
    func has(_ name: String) -> Bool { fields[name] != nil }
}
