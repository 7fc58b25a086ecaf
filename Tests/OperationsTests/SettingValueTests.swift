import Operations
import Testing

@Suite struct SettingValueTests {
    @Test(arguments: [("250ms", 250), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000)])
    func durationsReadAndWriteAsPeopleDo(text: String, milliseconds: Int) {
        #expect(DurationText.duration(text) == .milliseconds(milliseconds))
        #expect(DurationText.text(of: .milliseconds(milliseconds)) == text)
    }

    @Test(arguments: ["", "5", "s", "-5s", "1.5s", "5 s", "5S", "99999999999999999d", "٣s"])
    func anythingElseIsNoDuration(text: String) {
        #expect(DurationText.duration(text) == nil)
    }

    @Test func zeroIsWrittenInSeconds() {
        #expect(DurationText.text(of: .zero) == "0s")
    }

    @Test(arguments: ["127.0.0.1:8080", "localhost:0", "[::1]:65535"])
    func addressesReadAndWriteTheSame(text: String) throws {
        #expect(try #require(Address(text)).description == text)
    }

    @Test(arguments: ["", ":80", "host", "host:", "host:-1", "host:65536", "::1:80", "ho st:80", "host:80/"])
    func anythingElseIsNoAddress(text: String) {
        #expect(Address(text) == nil)
    }
}
