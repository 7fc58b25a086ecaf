internal import Foundation

/// A server's JSON as a client reads it: leniently, since unknown fields and events are to be ignored.
public enum JSONTree: Equatable, Sendable {
    case null
    case flag(Bool)
    case number(UInt64)
    /// A number that is no unsigned integer: nothing in the contract is one.
    case other(Double)
    case text(String)
    case list([JSONTree])
    case object([String: JSONTree])

    /// Nil where `bytes` are no JSON.
    public init?(_ bytes: [UInt8]) {
        guard let tree = try? JSONDecoder().decode(JSONTree.self, from: Data(bytes)) else { return nil }
        self = tree
    }

    public subscript(key: String) -> JSONTree? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    public var text: String? { if case .text(let text) = self { text } else { nil } }
    public var number: UInt64? { if case .number(let number) = self { number } else { nil } }
    public var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }
    public var list: [JSONTree]? { if case .list(let list) = self { list } else { nil } }
}

extension JSONTree: Decodable {
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(UInt64.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let object = try? value.decode([String: JSONTree].self) {
            self = .object(object)
        } else if let list = try? value.decode([JSONTree].self) {
            self = .list(list)
        } else {
            self = .other(try value.decode(Double.self))
        }
    }
}
