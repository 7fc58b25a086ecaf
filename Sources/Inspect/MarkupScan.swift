/// The attributes of all elements of a part of a document, read as programs that open the document read XML: in UTF-16 too,
/// with either kind of quotes, space around `=`, and characters written as references. Not a parser: what is broken yields
/// what can be found in it.
struct MarkupScan {
    enum Failure: Error, Equatable { case malformed }

    /// One element's, by their names without prefix; names and values in lower case.
    typealias Attributes = [String: String]

    let elements: [Attributes]

    /// - Throws: `malformed` for what no such part may have (ECMA-376-2, 8.2): another encoding, or a document type, which could
    ///   name anything by an entity.
    init(_ bytes: [UInt8]) throws(Failure) {
        let text = try Self.text(bytes)
        guard !text.contains("<!doctype"), !text.contains("<!entity") else { throw .malformed }
        if let declared = text.prefix(200).firstRange(of: "<?xml") {
            let declaration = text[declared.upperBound...].prefix { $0 != ">" }
            if let encoding = Self.attributes(of: declaration)["encoding"], !Self.encodings.contains(encoding) {
                throw .malformed
            }
        }
        elements = text.split(separator: "<").map(Self.attributes)
    }

    /// All but UTF-16 have ASCII's characters in ASCII's places.
    private static let encodings: Set<String> = [
        "utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "iso-8859-1", "windows-1252",
    ]

    private static func text(_ bytes: [UInt8]) throws(Failure) -> String {
        let text: String
        switch (bytes.first ?? 0, bytes.dropFirst().first ?? 0) {
        case (0xFF, 0xFE), (0x3C, 0): text = utf16(bytes) { UInt16($0) | UInt16($1) << 8 }
        case (0xFE, 0xFF), (0, 0x3C): text = utf16(bytes) { UInt16($0) << 8 | UInt16($1) }
        default: text = String(decoding: bytes, as: UTF8.self)
        }
        guard !text.unicodeScalars.contains("\0") else { throw .malformed }
        return text.lowercased()
    }

    private static func utf16(_ bytes: [UInt8], _ unit: (UInt8, UInt8) -> UInt16) -> String {
        String(
            decoding: stride(from: 0, to: bytes.count - 1, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }, as: UTF16.self
        )
    }

    private static func attributes(of element: Substring) -> Attributes {
        var found: Attributes = [:]
        var rest = element.unicodeScalars[...]
        while let equals = rest.firstIndex(of: "=") {
            let words = String(rest[..<equals]).split(whereSeparator: \.isWhitespace)
            let name = words.last?.split(separator: ":").last ?? ""
            rest = rest[rest.index(after: equals)...].drop(while: isSpace)
            guard let quote = rest.first, quote == "\"" || quote == "'" else { continue }
            rest = rest.dropFirst()
            let value = rest.prefix { $0 != quote }
            rest = rest[value.endIndex...].dropFirst()
            found[String(name)] = resolved(value)
        }
        return found
    }

    private static func isSpace(_ scalar: UnicodeScalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }

    /// With `&#104;`, `&#x68;` and the five named ones written out, in lower case.
    private static func resolved(_ value: Substring.UnicodeScalarView) -> String {
        guard value.contains("&") else { return String(value) }
        var text = ""
        var rest = value
        while let mark = rest.firstIndex(of: "&") {
            text.unicodeScalars += rest[..<mark]
            let reference = rest[rest.index(after: mark)...].prefix(12).prefix { $0 != ";" }
            if let scalar = scalar(String(reference)) {
                text.unicodeScalars.append(scalar)
                rest = rest[reference.endIndex...].dropFirst()
            } else {
                text += "&"
                rest = rest[rest.index(after: mark)...]
            }
        }
        text.unicodeScalars += rest
        return text.lowercased()
    }

    private static func scalar(_ reference: String) -> UnicodeScalar? {
        switch reference {
        case "amp": "&"
        case "lt": "<"
        case "gt": ">"
        case "quot": "\""
        case "apos": "'"
        case _ where reference.hasPrefix("#x"): UInt32(reference.dropFirst(2), radix: 16).flatMap(UnicodeScalar.init)
        case _ where reference.hasPrefix("#"): UInt32(reference.dropFirst()).flatMap(UnicodeScalar.init)
        default: nil
        }
    }
}

/// What the parts of an Office document say that leads to code.
enum OfficeParts {
    /// Whether a list of content types names a document or part with macros.
    static func nameMacros(_ types: MarkupScan) -> Bool {
        types.elements.contains { attributes in
            attributes.values.contains { $0.contains("macroenabled") || $0.contains("vbaproject") }
        }
    }

    /// Whether a list of relationships names a template, object or frame of another machine: a document without a macro of its
    /// own fetches one so when it is opened. A template in a folder, which programs write down by themselves, does not count.
    static func fetchCode(_ relationships: MarkupScan) -> Bool {
        relationships.elements.contains { attributes in
            guard let type = attributes["type"], let target = attributes["target"] else { return false }
            return ["/attachedtemplate", "/oleobject", "/frame", "/subdocument"].contains { type.hasSuffix($0) }
                && isFar(target)
        }
    }

    /// A URL of any scheme but `file` (one letter is a drive), or a path that begins with the name of a machine.
    private static func isFar(_ target: String) -> Bool {
        let path = target.trimming { $0.isWhitespace }.replacing("%5c", with: "/").replacing("%2f", with: "/")
            .replacing(
                "\\", with: "/")
        if path.hasPrefix("//") { return true }
        guard let colon = path.firstIndex(of: ":") else { return false }
        let scheme = path[..<colon]
        guard scheme.count > 1, scheme.utf8.allSatisfy({ $0 != UInt8(ascii: "/") }) else { return false }
        guard scheme == "file" else { return true }
        let rest = path[path.index(after: colon)...]
        // `file:///c:/x`, `file:/c:/x`, and `file://c:/x`, which is wrong and written all the same.
        guard rest.hasPrefix("//"), !rest.dropFirst(3).hasPrefix(":") else { return false }
        return !rest.hasPrefix("///") || rest.hasPrefix("////")
    }
}

extension String {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> String {
        var text = drop(while: isTrimmed)
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return String(text)
    }
}
