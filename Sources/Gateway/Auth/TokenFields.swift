internal import Wire

/// What a token's header says about how to prove it (RFC 7515 §4.1).
struct TokenHeader {
    private(set) var alg = ""
    private(set) var kid: String?
    /// It has `crit`.
    private(set) var isCritical = false

    init(_ json: [UInt8]) throws(TokenFault) {
        var algorithm: String?
        try TokenFields.read(json, or: .malformed) { (name, value) throws(TokenFault) in
            switch name {
            case "alg": algorithm = try value.text(or: .malformed)
            case "kid": kid = try value.text(or: .malformed)
            case "crit": isCritical = true
            default: break
            }
        }
        guard let algorithm else { throw .malformed }
        alg = algorithm
    }
}

/// What a token says about whom it names (docs/protocol.md §2); other claims are read over.
struct TokenClaims {
    private(set) var tenant = ""
    private(set) var sub = ""
    /// Seconds since 1970.
    private(set) var exp = 0.0
    private(set) var nbf: Double?
    private(set) var iat: Double?
    private(set) var name: String?
    private(set) var picture: String?
    private(set) var role: String?

    init(_ json: [UInt8]) throws(TokenFault) {
        var tenant: String?
        var sub: String?
        var exp: Double?
        try TokenFields.read(json, or: .claims) { (name, value) throws(TokenFault) in
            switch name {
            case "tenant": tenant = try value.text(or: .claims)
            case "sub": sub = try value.text(or: .claims)
            case "exp": exp = try value.seconds()
            case "nbf": nbf = try value.seconds()
            case "iat": iat = try value.seconds()
            case "name": self.name = try value.text(or: .claims)
            case "picture": picture = try value.text(or: .claims)
            case "role": role = try value.text(or: .claims)
            default: break
            }
        }
        guard let tenant, let sub, let exp else { throw .claims }
        (self.tenant, self.sub, self.exp) = (tenant, sub, exp)
    }
}

/// One object of a token, field by field. Foundation's decoder takes ten times as long, on every connection.
private enum TokenFields {
    struct Value {
        let json: [UInt8]
        let range: Range<Int>
        let value: JSONValue

        func text(or fault: TokenFault) throws(TokenFault) -> String {
            guard case .text(let text) = value else { throw fault }
            return String(decoding: JSONEscape.decoded(text, of: json), as: UTF8.self)
        }

        /// A NumericDate may have a fraction (RFC 7519 §2).
        func seconds() throws(TokenFault) -> Double {
            switch value {
            case .integer(let seconds): return Double(seconds)
            case .number:
                guard let seconds = Double(String(decoding: json[range], as: UTF8.self)) else { throw .claims }
                return seconds
            default: throw .claims
            }
        }
    }

    /// What is `null` counts as left out; a name given twice, or anything that the strict reader minds, is a fault.
    static func read(
        _ json: [UInt8], or fault: TokenFault, _ take: (String, Value) throws(TokenFault) -> Void
    ) throws(TokenFault) {
        var reader = JSONReader(json)
        var names: Set<String> = []
        do throws(JSONBroken) {
            try reader.expect(UInt8(ascii: "{"))
            var isFirst = true
            while !reader.take(UInt8(ascii: "}")) {
                if !isFirst { try reader.expect(UInt8(ascii: ",")) }
                isFirst = false
                let key = try reader.text()
                try reader.expect(UInt8(ascii: ":"))
                guard reader.peek() != nil else { throw JSONBroken() }
                let start = reader.position
                let value = try reader.value(depth: 2)
                let name = String(decoding: JSONEscape.decoded(key, of: json), as: UTF8.self)
                guard !reader.hasFault, names.insert(name).inserted else { throw JSONBroken() }
                if value == .null { continue }
                do throws(TokenFault) {
                    try take(name, Value(json: json, range: start..<reader.position, value: value))
                } catch {
                    throw JSONBroken()
                }
            }
            guard reader.peek() == nil else { throw JSONBroken() }
        } catch {
            throw fault
        }
    }
}
