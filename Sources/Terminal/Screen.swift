internal import Glibc

/// Standard input and output: raw, with a prompt that stays below what is shown, or plain lines.
struct Screen: Sendable {
    let isInteractive: Bool

    init() { isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// Bytes as they are typed instead of lines, without echo; the former state, for `restore`.
    func makeRaw() -> termios? {
        guard isInteractive else { return nil }
        var state = termios()
        guard tcgetattr(STDIN_FILENO, &state) == 0 else { return nil }
        var raw = state
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        raw.c_iflag &= ~tcflag_t(ICRNL)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        return state
    }

    func restore(_ state: termios?) {
        guard var state else { return }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &state)
        write("\n")
    }

    /// Shows lines above the prompt.
    func show(_ lines: [String], prompt: String, typed: String) {
        let text = lines.map { $0 + "\n" }.joined()
        guard isInteractive else { return write(text) }
        // Back to the left edge, clear to the end of the line (ECMA-48: CR, EL).
        write("\r\u{1B}[K" + text + visible(prompt + typed))
    }

    /// The end of the line where it is longer than the terminal is wide: the cursor stays on one row.
    private func visible(_ line: String) -> String {
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
        let width = isKnown ? Int(size.ws_col) - 1 : 79
        return line.count <= width ? line : String(line.suffix(width))
    }

    private func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// Chunks of standard input; empty at its end. Blocks.
    static func read() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 { return Array(buffer.prefix(count)) }
            guard errno == EINTR else { return [] }
        }
    }
}
