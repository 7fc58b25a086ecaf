internal import Foundation

/// `Content-Disposition` (RFC 6266, and RFC 7578 §4.2 in multipart bodies): the name of a file, both ways.
enum ContentDisposition {
    /// A longer value says nothing.
    static let bytesMax = 4_096

    /// The name that a field says; `filename*` counts before `filename`. Nil where it says none.
    static func fileName(_ field: String) -> String? {
        guard field.utf8.count <= bytesMax else { return nil }
        let parameters = parameters(of: field)
        if let extended = parameters["filename*"].flatMap(extendedValue) { return extended }
        return parameters["filename"]
    }

    /// The parameters after the first word, by their names in lower case; the first of two with one name counts.
    private static func parameters(of field: String) -> [String: String] {
        var found: [String: String] = [:]
        var rest = field.utf8.drop { $0 != UInt8(ascii: ";") }
        while rest.first == UInt8(ascii: ";") {
            rest = rest.dropFirst().drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            rest = rest.dropFirst(name.count)
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst()
            let value: [UInt8]
            if rest.first == UInt8(ascii: "\"") {
                (value, rest) = quoted(rest.dropFirst())
                rest = rest.drop { $0 != UInt8(ascii: ";") }
            } else {
                value = Array(rest.prefix { $0 != UInt8(ascii: ";") })
                rest = rest.dropFirst(value.count)
            }
            let key = String(Substring(name)).trimmingCharacters(in: .whitespaces).lowercased()
            let text = String(decoding: value, as: UTF8.self).trimmingCharacters(in: .whitespaces)
            if found[key] == nil { found[key] = text }
        }
        return found
    }

    /// Up to the closing quote. Only a quote and a backslash are escaped: browsers of old sent whole paths in here.
    private static func quoted(_ text: Substring.UTF8View) -> ([UInt8], Substring.UTF8View) {
        var value: [UInt8] = []
        var rest = text
        while let byte = rest.first {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\"), let next = rest.first,
                next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\")
            {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(byte)
            }
        }
        return (value, rest)
    }

    /// `UTF-8''na%C3%AFve.txt` (RFC 8187 §3.2); nil for another character set.
    private static func extendedValue(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return String(parts[2]).removingPercentEncoding
    }

    /// As a download says it: `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`.
    static func field(isInline: Bool, fileName: String) -> String {
        let plain = String(
            decoding: fileName.unicodeScalars.map { scalar in
                let isPlain =
                    scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7F
                    && !"\"\\%".unicodeScalars.contains(scalar)
                return isPlain ? UInt8(truncatingIfNeeded: scalar.value) : UInt8(ascii: "_")
            }, as: UTF8.self)
        let extended = fileName.addingPercentEncoding(withAllowedCharacters: attributeCharacters) ?? plain
        return "\(isInline ? "inline" : "attachment"); filename=\"\(plain)\"; filename*=UTF-8''\(extended)"
    }

    /// RFC 8187 §3.2.1, attr-char.
    private static let attributeCharacters = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~")
}
