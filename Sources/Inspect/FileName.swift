internal import Foundation

/// The name of a file that somebody sent, as it may be shown, stored and offered to any system as a name.
public enum FileName {
    /// What common file systems take (`NAME_MAX` of Linux).
    static let bytesMax = 255
    /// A longer extension is none.
    static let extensionBytesMax = 32
    static let fallback = "file"

    /// The last part of a path, in NFC; no control characters, none that change the direction of writing or have no width; no
    /// characters or device names that Windows keeps for itself, no dots or spaces at the end; at most 255 bytes, cut before the
    /// extension. What is empty then is `file`. The same name again for its own result.
    public static func clean(_ name: String) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        var scalars = String.UnicodeScalarView()
        for scalar in last.precomposedStringWithCanonicalMapping.unicodeScalars where !isInvisible(scalar) {
            scalars.append(
                scalar.properties.isWhitespace ? " " : "<>:\"|?*/\\".unicodeScalars.contains(scalar) ? "_" : scalar)
        }
        var clean = trimmed(String(scalars).split(separator: " ").joined(separator: " "))
        if clean.isEmpty { return fallback }
        // `.pdf` has no name of its own and would be hidden.
        if clean.hasPrefix(".") { clean = fallback + clean }
        let device = trimmed(clean.prefix { $0 != "." }).uppercased()
        if isDevice(device) { clean = "_" + clean }
        return shortened(clean)
    }

    /// Controls, formats (but for the joiners that scripts and emoji need), private use, line ends, and what is no character.
    private static func isInvisible(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control: !scalar.properties.isWhitespace
        case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
        case .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// Without spaces in front, and dots and spaces at the end.
    private static func trimmed(_ text: some StringProtocol) -> String {
        let front = text.drop { $0 == " " }
        guard let last = front.lastIndex(where: { $0 != " " && $0 != "." }) else { return "" }
        return String(front[...last])
    }

    /// "Naming Files, Paths, and Namespaces", Microsoft.
    private static func isDevice(_ name: String) -> Bool {
        if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"].contains(name) { return true }
        guard name.count == 4, name.hasPrefix("COM") || name.hasPrefix("LPT"), let digit = name.last else {
            return false
        }
        return "0123456789¹²³".contains(digit)
    }

    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > bytesMax else { return name }
        var ending = ""
        if let dot = name.lastIndex(of: "."), name[dot...].utf8.count <= extensionBytesMax + 1 {
            ending = String(name[dot...])
        }
        var stem = ""
        var room = bytesMax - ending.utf8.count
        for character in name.dropLast(ending.count) {
            room -= character.utf8.count
            guard room >= 0 else { break }
            stem.append(character)
        }
        let short = trimmed(stem)
        return (short.isEmpty ? fallback : short) + ending
    }

    /// The last extension, in lower case, without its dot; empty where there is none.
    public static func fileExtension(_ name: String) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }
}
