import Operations
import Testing

@Suite struct ReadinessTests {
    @Test func aProcessWithoutChecksIsNotReady() {
        #expect(Readiness().snapshot.ready == false)
    }

    @Test func everyCheckCounts() {
        let readiness = Readiness()
        readiness.set("store", ready: true)
        #expect(readiness.snapshot.ready)
        readiness.set("bus", ready: false, reason: "no \"router\"")
        #expect(readiness.snapshot.ready == false)
        let json = #"{"ready":false,"checks":{"bus":{"ready":false,"reason":"no \"router\""},"store":{"ready":true}}}"#
        #expect(readiness.snapshot.json == json + "\n")
        readiness.set("bus", ready: true, reason: "ignored")
        #expect(readiness.snapshot.ready)
        #expect(readiness.snapshot.checks.allSatisfy { $0.reason == nil })
    }
}
