/// Other people's text as a terminal may show it.
enum SafeText {
    /// One line without anything that a terminal obeys: line ends become `⏎`, control characters (escape sequences begin
    /// with one) and those that turn the direction of text around become `�`.
    static func line(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\r": continue
            case "\n", "\u{2028}", "\u{2029}": line.append(contentsOf: " ⏎ ".unicodeScalars)
            case "\t": line.append(" ")
            case _ where isObeyed(scalar): line.append("\u{FFFD}")
            default: line.append(scalar)
            }
        }
        return String(line)
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // C0, DEL, C1.
        case 0x00...0x1F, 0x7F...0x9F: true
        // Embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
        case 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
