/// An origin as a browser writes it in `Origin`: `scheme://host[:port]`, in lower case, without its scheme's own port
/// (RFC 6454 §6.2).
enum Origin {
    static let allowed = "an origin as a browser sends it, such as https://chat.example or http://localhost:8080"

    /// The form that is stored and compared; nil where `text` is no origin.
    static func normalized(_ text: String) -> String? {
        guard text.utf8.count <= 300, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let text = text.lowercased()
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let scheme = text[..<colon]
        let rest = text[colon...]
        guard isScheme(scheme), rest.hasPrefix("://") else { return nil }
        let authority = rest.dropFirst(3)
        guard let (host, port) = split(authority), isHost(host) else { return nil }
        guard let port else { return "\(scheme)://\(host)" }
        let isDefault = scheme == "https" && port == 443 || scheme == "http" && port == 80
        return isDefault ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
    }

    /// Host and port, the host of IPv6 with its brackets.
    private static func split(_ authority: Substring) -> (host: Substring, port: UInt16?)? {
        let hostEnd: Substring.Index
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            hostEnd = authority.index(after: bracket)
        } else {
            hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
        }
        let rest = authority[hostEnd...]
        guard !rest.isEmpty else { return (authority[..<hostEnd], nil) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.utf8.allSatisfy(isDigit), let port = UInt16(digits), port > 0 else {
            return nil
        }
        return (authority[..<hostEnd], port)
    }

    /// RFC 3986 §3.1.
    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { byte in
            isLetter(byte) || isDigit(byte) || "+-.".utf8.contains(byte)
        }
    }

    /// A name of labels (RFC 1123 §2.1), an IPv4 address, or an IPv6 address in brackets.
    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("[") {
            let address = text.dropFirst().dropLast()
            return (2...45).contains(address.utf8.count) && address.contains(":")
                && address.utf8.allSatisfy { isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
        }
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
