internal import Wire

/// Whether a key can prove tokens of its algorithm: checked when it is added, so that no token ever meets one that
/// can't.
enum KeyMaterial {
    static let bytesMax = 16_384
    static let secretBytesMin = 32

    /// - Throws: `invalid` with what the algorithm takes.
    static func check(_ material: [UInt8], for algorithm: TenantRecord.Key.Algorithm) throws(RegistryFailure) {
        guard material.count <= bytesMax else {
            throw .invalid(field: "key", allowed: "at most \(bytesMax) bytes")
        }
        let isUsable =
            switch algorithm {
            case .hs256: material.count >= secretBytesMin && !isPEM(material)
            case .es256: publicKey(material).map(isP256) ?? false
            case .rs256: publicKey(material).map(isRSA) ?? false
            case .eddsa: publicKey(material).map(isEd25519) ?? false
            }
        guard isUsable else { throw .invalid(field: "key", allowed: allowed(for: algorithm)) }
    }

    private static func allowed(for algorithm: TenantRecord.Key.Algorithm) -> String {
        switch algorithm {
        case .hs256: "a secret of at least \(secretBytesMin) bytes, and no PEM: what is public proves nothing"
        case .es256: "a P-256 public key as PEM (BEGIN PUBLIC KEY)"
        case .rs256: "an RSA public key of 2048 to 8192 bits as PEM (BEGIN PUBLIC KEY)"
        case .eddsa: "an Ed25519 public key as PEM (BEGIN PUBLIC KEY)"
        }
    }

    /// A public key given as a secret would let anybody sign (RFC 8725 §2.1).
    private static func isPEM(_ material: [UInt8]) -> Bool {
        material.drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }.starts(with: "-----BEGIN".utf8)
    }

    /// SubjectPublicKeyInfo (RFC 5280 §4.1): which algorithm, its parameters, and the key's bits.
    private struct PublicKey {
        let algorithm: [UInt8]
        let parameters: [UInt8]
        let bits: [UInt8]
    }

    /// secp256r1 (RFC 5480 §2.1.1.1), an uncompressed point.
    private static func isP256(_ key: PublicKey) -> Bool {
        key.algorithm == [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
            && key.parameters == [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
            && key.bits.count == 65 && key.bits.first == 4
    }

    /// rsaEncryption (RFC 8017 A.1). RS256 wants 2048 bits (RFC 7518 §3.3); over 8192 one token costs too much to check.
    private static func isRSA(_ key: PublicKey) -> Bool {
        guard key.algorithm == [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01] else { return false }
        var outer = DERReader(key.bits)
        guard let pair = outer.element(tag: 0x30), outer.isAtEnd else { return false }
        var inner = DERReader(pair)
        guard let modulus = inner.element(tag: 0x02), inner.element(tag: 0x02) != nil, inner.isAtEnd else {
            return false
        }
        let digits = modulus.drop { $0 == 0 }
        guard let first = digits.first else { return false }
        return (2_048...8_192).contains(digits.count * 8 - first.leadingZeroBitCount)
    }

    /// id-Ed25519 (RFC 8410 §3).
    private static func isEd25519(_ key: PublicKey) -> Bool {
        key.algorithm == [0x2B, 0x65, 0x70] && key.parameters.isEmpty && key.bits.count == 32
    }

    private static func publicKey(_ material: [UInt8]) -> PublicKey? {
        guard let bytes = PEM.publicKey(material) else { return nil }
        var outer = DERReader(bytes)
        guard let info = outer.element(tag: 0x30), outer.isAtEnd else { return nil }
        var fields = DERReader(info)
        guard let identifier = fields.element(tag: 0x30), let bits = fields.element(tag: 0x03), fields.isAtEnd,
            bits.first == 0
        else { return nil }
        var parts = DERReader(identifier)
        guard let algorithm = parts.element(tag: 0x06) else { return nil }
        return PublicKey(algorithm: algorithm, parameters: parts.rest, bits: Array(bits.dropFirst()))
    }
}

/// Elements of DER with definite lengths (X.690 §8.1, §10.1), never past the end.
struct DERReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isAtEnd: Bool { bytes.isEmpty }
    var rest: [UInt8] { Array(bytes) }

    /// The contents of the next element; nil where it has another tag or is cut off.
    mutating func element(tag: UInt8) -> [UInt8]? {
        var left = bytes
        guard left.popFirst() == tag, let first = left.popFirst() else { return nil }
        var count = Int(first)
        if first >= 0x80 {
            // Two bytes of length are more than any key has.
            let lengthBytes = Int(first & 0x7F)
            guard (1...2).contains(lengthBytes), left.count >= lengthBytes else { return nil }
            count = 0
            for _ in 0..<lengthBytes { count = count << 8 | Int(left.removeFirst()) }
        }
        guard count <= left.count else { return nil }
        bytes = left.dropFirst(count)
        return Array(left.prefix(count))
    }
}

/// One public key in PEM (RFC 7468 §13).
enum PEM {
    /// The bytes between the two lines; nil where these are not there, or not the only ones.
    static func publicKey(_ material: [UInt8]) -> [UInt8]? {
        guard let text = String(validating: material, as: UTF8.self) else { return nil }
        let lines = text.split(whereSeparator: \.isNewline).map { line in line.filter { $0 != " " && $0 != "\t" } }
            .filter { !$0.isEmpty }
        guard lines.count >= 3, lines.first == "-----BEGINPUBLICKEY-----", lines.last == "-----ENDPUBLICKEY-----" else {
            return nil
        }
        return base64(lines.dropFirst().dropLast().joined())
    }

    /// RFC 4648 §4, with padding.
    static func base64(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 4) else { return nil }
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        var bytes: [UInt8] = []
        var held: UInt32 = 0
        var bits = 0
        for digit in digits.dropLast(padding) {
            guard let value = value(ofBase64: digit) else { return nil }
            held = held << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
            }
        }
        return bytes
    }

    private static func value(ofBase64 digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
