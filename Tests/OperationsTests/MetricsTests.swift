import Operations
import Testing

@Suite struct MetricsTests {
    @Test func countersAndGaugesPrintInTheOrderOfTheirNames() {
        let metrics = Metrics()
        metrics.gauge("parley_b", help: "Two.").set(-3)
        metrics.counter("parley_a_total", help: "One.", labels: ["code": "x", "at": "y"]).add(2)
        metrics.counter("parley_a_total", help: "One.", labels: ["at": "y", "code": "x"]).add()
        #expect(
            metrics.text == """
                # HELP parley_a_total One.
                # TYPE parley_a_total counter
                parley_a_total{at="y",code="x"} 3
                # HELP parley_b Two.
                # TYPE parley_b gauge
                parley_b -3

                """)
    }

    @Test func histogramsCumulateTheirBuckets() {
        let metrics = Metrics()
        let histogram = metrics.histogram("parley_wait_seconds", help: "Wait.", buckets: [0.1, 1])
        histogram.observe(0.1)
        histogram.observe(.milliseconds(500))
        histogram.observe(7)
        #expect(metrics.text.contains("parley_wait_seconds_bucket{le=\"0.1\"} 1\n"))
        #expect(metrics.text.contains("parley_wait_seconds_bucket{le=\"1\"} 2\n"))
        #expect(metrics.text.contains("parley_wait_seconds_bucket{le=\"+Inf\"} 3\n"))
        #expect(metrics.text.contains("parley_wait_seconds_count 3\n"))
        #expect(metrics.text.contains("parley_wait_seconds_sum 7.6\n"))
    }

    @Test func labelsAndHelpAreEscaped() {
        let metrics = Metrics()
        metrics.counter("parley_c_total", help: "a\\b\nc", labels: ["l": "\"\n\\"]).add(-5)
        #expect(metrics.text.contains("# HELP parley_c_total a\\\\b\\nc\n"))
        #expect(metrics.text.contains("parley_c_total{l=\"\\\"\\n\\\\\"} 0\n"))
    }

    @Test func readingsAreTakenWhenAsked() {
        let metrics = Metrics()
        metrics.gauge("parley_r", help: "Read.") { 0.5 }
        ProcessReadings.register(in: metrics)
        #expect(metrics.text.contains("parley_r 0.5\n"))
        #expect(metrics.text.contains("process_open_fds "))
        #expect(!metrics.text.contains("NaN"))
    }

    @Test func countersCountFromManyTasks() async {
        let counter = Metrics().counter("parley_d_total", help: "Many.")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<10_000 { counter.add() } }
            }
        }
        #expect(counter.value == 80_000)
    }
}
