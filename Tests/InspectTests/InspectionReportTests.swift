import Testing

@testable import Inspect

@Suite struct InspectionReportTests {
    private let limits = InspectionLimits()

    private func picture(_ width: Int, _ height: Int) -> InspectionReport {
        var report = InspectionReport(sniffed: "image/png", width: width, height: height)
        report.hasRewritten = true
        report.hasThumbnail = true
        return report
    }

    @Test func aPictureHasASizeWithinItsLimits() throws {
        let type = try #require(FileType.of(extension: "png"))
        #expect(picture(10, 10).isPlausible(for: type, limits: limits))
        for (width, height) in [(0, 1), (-1, -1), (100_000, 100_000), (Int.max, 2)] {
            #expect(!picture(width, height).isPlausible(for: type, limits: limits))
        }
        var without = picture(10, 10)
        without.hasThumbnail = false
        #expect(!without.isPlausible(for: type, limits: limits))
    }

    @Test func aReportCanNotChangeWhatAFileIs() throws {
        let pdf = try #require(FileType.of(extension: "pdf"))
        #expect(InspectionReport(sniffed: "application/pdf").isPlausible(for: pdf, limits: limits))
        #expect(!InspectionReport(sniffed: "text/html").isPlausible(for: pdf, limits: limits))
        #expect(!InspectionReport().isPlausible(for: pdf, limits: limits))
        #expect(
            !InspectionReport(sniffed: "application/pdf", width: 1, height: 1).isPlausible(for: pdf, limits: limits))
        #expect(!InspectionReport(sniffed: "application/pdf", durationMs: -1).isPlausible(for: pdf, limits: limits))
    }

    @Test func whatIsNoReportIsRefused() {
        #expect(
            InspectionReport(Array("{\"reason\":\"because\",\"hasRewritten\":false,\"hasThumbnail\":false}".utf8))
                == nil)
        #expect(InspectionReport([]) == nil)
        #expect(InspectionReport(Array(repeating: 0x20, count: 5_000) + picture(1, 1).bytes) == nil)
        #expect(InspectionReport(picture(1, 1).bytes) == picture(1, 1))
    }

    @Test(arguments: Verdict.Reason.allCases) func everyReasonTravels(reason: Verdict.Reason) {
        #expect(InspectionReport(InspectionReport.refused(reason).bytes)?.reason == reason)
    }

    @Test(arguments: [
        ("unix:/run/clamd.ctl", VirusScanner(.unix(path: "/run/clamd.ctl"))),
        ("127.0.0.1:3310", VirusScanner(.tcp(host: "127.0.0.1", port: 3310))),
        ("[::1]:3310", VirusScanner(.tcp(host: "::1", port: 3310))), ("unix:clamd", nil), ("host", nil), ("a:0", nil),
        ("", nil),
    ])
    func aScannersAddressIsRead(text: String, scanner: VirusScanner?) { #expect(VirusScanner(text) == scanner) }

    @Test(arguments: [
        ("stream: OK\0", VirusScanner.Finding.clean), ("stream: Eicar-Test FOUND\0", .infected),
        ("stream: X FOUND\n", .infected),
        ("INSTREAM size limit exceeded. ERROR\0", .unavailable), ("", .unavailable),
        ("stream: OK FOUND ERROR", .unavailable),
    ])
    func onlyAClearAnswerCounts(text: String, finding: VirusScanner.Finding) {
        #expect(VirusScanner.finding(Array(text.utf8)) == finding)
    }
}
