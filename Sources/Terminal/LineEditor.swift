/// A line being typed on a terminal in raw mode: bytes in, what came of them out. Understands UTF-8, backspace, ^U, ^W,
/// the up arrow (the line before), and swallows other escape sequences.
struct LineEditor {
    enum Outcome: Equatable {
        case changed
        case entered(String)
        /// ^C, or ^D on an empty line.
        case quit
    }

    private enum Mode {
        case text
        /// After ESC, and within the parameters of a control sequence.
        case escape
        case sequence
    }

    private(set) var line = ""
    private var former = ""
    private var mode = Mode.text
    private var partial: [UInt8] = []

    /// A longer line could not be sent: a message has at most 10,000 code points.
    static let charactersMax = 10_000

    mutating func typed(_ bytes: [UInt8]) -> [Outcome] {
        var outcomes: [Outcome] = []
        for byte in bytes {
            if let outcome = typed(byte), outcome != .changed || outcomes.last != .changed { outcomes.append(outcome) }
        }
        return outcomes
    }

    private mutating func typed(_ byte: UInt8) -> Outcome? {
        switch mode {
        case .text: return typedText(byte)
        case .escape:
            mode = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") ? .sequence : .text
            return nil
        case .sequence:
            guard (0x40...0x7E).contains(byte) else { return nil }
            mode = .text
            guard byte == UInt8(ascii: "A") else { return nil }
            line = former
            return .changed
        }
    }

    private mutating func typedText(_ byte: UInt8) -> Outcome? {
        switch byte {
        case 0x03: return .quit
        case 0x04: return line.isEmpty ? .quit : nil
        case 0x0A, 0x0D:
            let entered = line
            if !entered.isEmpty { former = entered }
            line = ""
            return .entered(entered)
        case 0x08, 0x7F: _ = line.popLast()
        case 0x15: line = ""
        case 0x17:
            while line.last == " " { line.removeLast() }
            while let last = line.last, last != " " { line.removeLast() }
        case 0x1B:
            mode = .escape
            return nil
        case 0x00..<0x20: return nil
        default: return added(byte)
        }
        return .changed
    }

    private mutating func added(_ byte: UInt8) -> Outcome? {
        if byte & 0xC0 != 0x80 { partial = [] }
        partial.append(byte)
        guard let text = String(validating: partial, as: UTF8.self) else {
            // No character has more than four bytes.
            if partial.count >= 4 { partial = [] }
            return nil
        }
        partial = []
        guard line.count < Self.charactersMax else { return nil }
        line += text
        return .changed
    }
}
