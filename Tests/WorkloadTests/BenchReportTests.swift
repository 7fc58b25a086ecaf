import Testing

@testable import Workload

@Suite struct BenchReportTests {
    static let report = BenchReport(
        scenario: "ack",
        parts: [.init("saturated", [Figure("acks_per_s", 10_000), Figure("latency_p50_ms", 1.5), Figure("lost", 0)])])

    @Test func programsGetOneLineOfJSON() {
        let expected =
            #"{"scenario":"ack","clean":true,"parts":{"saturated":{"acks_per_s":10000,"latency_p50_ms":1.500,"lost":0}}}"#
        #expect(Self.report.json == expected)
        #expect(JSONTree(Array(Self.report.json.utf8))?["parts"]?["saturated"]?["acks_per_s"]?.number == 10_000)
    }

    @Test func peopleGetAlignedLines() {
        #expect(
            Self.report.table == "ack saturated\n  acks_per_s      10000\n  latency_p50_ms  1.500\n  lost            0")
    }

    @Test func aLossIsNotClean() {
        var report = Self.report
        report.parts[0].figures.append(Figure("doubled", 1))
        #expect(!report.isClean)
    }

    @Test(arguments: [(0.0005, "0.001"), (-0.25, "-0.250"), (12.0, "12"), (.nan, "0"), (1e9, "1000000000")])
    func numbersAreReadable(value: Double, text: String) {
        #expect(BenchReport.text(value) == text)
    }

    @Test func aBenchmarkWithoutATenantOrOverTLSIsRefusedBeforeItBegins() {
        let plain = BenchOptions(endpoints: [Endpoint(host: "127.0.0.1", port: 1)], tenants: [], token: { _ in "" })
        #expect(throws: BenchFailure.self) { try Bench.run(.ack, plain) }
        let secure = BenchOptions(
            endpoints: [Endpoint(host: "127.0.0.1", port: 1, isSecure: true)], tenants: ["a"], token: { _ in "" })
        #expect(throws: BenchFailure.self) { try Bench.run(.fanout, secure) }
    }

    @Test func nobodyListeningIsUnreachable() {
        let options = BenchOptions(
            endpoints: [Endpoint(host: "127.0.0.1", port: 1)], tenants: ["a"], token: { _ in "" })
        #expect(throws: BenchFailure.unreachable("ws://127.0.0.1:1")) { try Bench.run(.ack, options) }
    }
}

@Suite struct PaceTests {
    @Test(arguments: [(Int64(1), Int32(1)), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (50_000_000, 10)])
    func aWaitIsNeverRoundedToNothing(nanoseconds: Int64, milliseconds: Int32) {
        #expect(Pace.milliseconds(until: nanoseconds) == milliseconds)
    }
}
