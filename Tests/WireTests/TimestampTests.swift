import Foundation
import Seeded
import Testing
import Wire

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
        (951_868_800_000, "2000-03-01T00:00:00.000Z"), (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_769_851_800_250, "2026-01-31T09:30:00.250Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
    ])
    func aKnownMomentIsWrittenAsTheCalendarHasIt(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).text == text)
    }

    @Test func anyMomentIsWrittenAsFoundationWritesIt() {
        var generator = SeededGenerator(seed: 83)
        var format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        format.timeZone = .gmt
        for _ in 0..<2_000 {
            // Whole eighths of a second: a Date holds them exactly. Foundation's calendar is Gregorian from 1582 on.
            let eighths = Int64.random(in: -97_000_000_000...2_000_000_000_000, using: &generator)
            let date = Date(timeIntervalSince1970: Double(eighths) / 8)
            #expect(Timestamp(milliseconds: eighths * 125).text == date.formatted(format))
        }
    }

    @Test func whatLiesBeyondTheYearsOfFourDigitsIsShownAsTheirEnd() {
        #expect(Timestamp(milliseconds: .max).text == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).text == "0000-01-01T00:00:00.000Z")
    }

    @Test func addingSecondsStopsAtTheEndsOfTime() {
        #expect(Timestamp(milliseconds: 5).advanced(bySeconds: 2) == Timestamp(milliseconds: 2_005))
        #expect(Timestamp(milliseconds: 5).advanced(bySeconds: .max) == Timestamp(milliseconds: .max))
        #expect(Timestamp(milliseconds: .max).advanced(bySeconds: 1) == Timestamp(milliseconds: .max))
        #expect(Timestamp(milliseconds: 5).advanced(bySeconds: .min) == Timestamp(milliseconds: .min))
    }
}
