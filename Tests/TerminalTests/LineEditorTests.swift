import Testing

@testable import Terminal

@Suite struct LineEditorTests {
    @Test func aLineIsEnteredWithReturn() {
        var editor = LineEditor()
        #expect(editor.typed(Array("hi\r".utf8)) == [.changed, .entered("hi")])
        #expect(editor.line.isEmpty)
    }

    @Test func backspaceTakesAWholeCharacter() {
        var editor = LineEditor()
        _ = editor.typed(Array("añ👩‍👩‍👧".utf8))
        _ = editor.typed([0x7F])
        #expect(editor.line == "añ")
        _ = editor.typed([0x7F, 0x7F, 0x7F])
        #expect(editor.line.isEmpty)
    }

    @Test func charactersMayComeByteByByte() {
        var editor = LineEditor()
        for byte in "日本".utf8 { _ = editor.typed([byte]) }
        #expect(editor.line == "日本")
    }

    @Test func bytesThatAreNoTextAreDropped() {
        var editor = LineEditor()
        _ = editor.typed([0xFF, 0xC3, 0x28, 0x80, 0x80, 0x80, 0x80])
        #expect(editor.line == "(")
    }

    @Test func escapeSequencesAreSwallowedAndUpBringsTheLastLineBack() {
        var editor = LineEditor()
        _ = editor.typed(Array("first\r".utf8))
        _ = editor.typed(Array("\u{1B}[D\u{1B}[3~\u{1B}OP".utf8))
        #expect(editor.line.isEmpty)
        #expect(editor.typed(Array("\u{1B}[A".utf8)) == [.changed])
        #expect(editor.line == "first")
    }

    @Test func controlKeysEditAndLeave() {
        var editor = LineEditor()
        _ = editor.typed(Array("two words".utf8))
        _ = editor.typed([0x17])
        #expect(editor.line == "two ")
        #expect(editor.typed([0x04]) == [])
        _ = editor.typed([0x15])
        #expect(editor.typed([0x04]) == [.quit])
        #expect(editor.typed([0x03]) == [.quit])
    }
}
