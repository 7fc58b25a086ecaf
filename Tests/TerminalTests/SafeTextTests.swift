import Testing

@testable import Terminal

@Suite struct SafeTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("\u{1B}[2Jgone", "\u{FFFD}[2Jgone"), ("a\u{9B}31mb", "a\u{FFFD}31mb"), ("a\nb", "a ⏎ b"),
        ("a\r\nb", "a ⏎ b"), ("over\rwritten", "overwritten"), ("bell\u{7}", "bell\u{FFFD}"), ("a\tb", "a b"),
        ("\u{202E}txt.exe", "\u{FFFD}txt.exe"), ("👩‍👩‍👧 é", "👩‍👩‍👧 é"), ("\u{0}\u{7F}", "\u{FFFD}\u{FFFD}"),
    ])
    func nothingThatATerminalObeysGetsThrough(text: String, line: String) {
        #expect(SafeText.line(text) == line)
    }
}
