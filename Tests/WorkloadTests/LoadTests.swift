import Seeded
import Testing
import Wire

@testable import Workload

@Suite struct HistogramTests {
    @Test func percentilesAreAtMostTwoHundredthsOff() {
        var histogram = Histogram()
        for value in UInt64(1)...100_000 { histogram.record(nanoseconds: value * 1_000) }
        for (fraction, exact) in [(0.5, 50_000_000.0), (0.99, 99_000_000), (0.999, 99_900_000), (1, 100_000_000)] {
            let found = Double(histogram.percentile(fraction))
            #expect(abs(found - exact) / exact < 0.02)
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 127, 128, 1_000, UInt64.max])
    func everyValueHasItsPlace(value: UInt64) {
        var histogram = Histogram()
        histogram.record(nanoseconds: value)
        #expect(histogram.percentile(0.5) >= value)
    }

    @Test func nothingHasNoPercentile() {
        #expect(Histogram().percentile(0.99) == 0)
    }
}

@Suite struct DeliveriesTests {
    @Test func whatComesOnceInOrderIsClean() {
        var deliveries = Deliveries(receivers: 2)
        for number in UInt64(0)..<100 {
            deliveries.got(number, at: 0)
            deliveries.got(number, at: 1)
        }
        #expect(deliveries.count == 200)
        #expect(deliveries.lost { _ in 100 } == 0)
        #expect(deliveries.doubled == 0)
        #expect(deliveries.reordered == 0)
    }

    @Test func aGapIsLostUnlessItComesLate() {
        var deliveries = Deliveries(receivers: 1)
        for number: UInt64 in [0, 1, 4, 3, 5] { deliveries.got(number, at: 0) }
        #expect(deliveries.lost { _ in 8 } == 3)
        #expect(deliveries.reordered == 1)
    }

    @Test func theSameAgainIsDoubled() {
        var deliveries = Deliveries(receivers: 1)
        let firsts = [0, 1, 1, 0, 2].map { deliveries.got(UInt64($0), at: 0) }
        #expect(firsts == [true, true, false, false, true])
        #expect(deliveries.doubled == 2)
        #expect(deliveries.count == 3)
    }
}

@Suite struct FrameScannerTests {
    static func serverFrame(_ payload: [UInt8]) -> [UInt8] {
        var masked: [UInt8] = []
        LoadFrame.append(payload, to: &masked)
        // What a server sends is the same without the mask's bit and its four zeros.
        let head = payload.count < 126 ? 2 : payload.count < 65_536 ? 4 : 10
        var bytes = Array(masked[..<head] + masked[(head + 4)...])
        bytes[1] &= 0x7F
        return bytes
    }

    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
    func framesOfEveryLengthAreFoundAndOnlyWhenTheyAreWhole(count: Int) throws {
        let payload = [UInt8](repeating: 7, count: count)
        let bytes = Self.serverFrame(payload) + [0x81]
        for cut in [0, 1, 2, 3, 5, 9, bytes.count - 2] where cut < bytes.count - 1 {
            bytes[..<cut].withUnsafeBytes { #expect(FrameScanner.frame(in: $0, from: 0) == nil) }
        }
        try bytes.withUnsafeBytes {
            let found = try #require(FrameScanner.frame(in: $0, from: 0))
            #expect(found.opcode == 1)
            #expect(Array($0[found.payload]) == payload)
            #expect(found.end == bytes.count - 1)
        }
    }

    @Test func aLengthPastAllMemoryIsNoFrame() {
        let bytes: [UInt8] = [0x81, 127] + [UInt8](repeating: 0xFF, count: 8)
        bytes.withUnsafeBytes { #expect(FrameScanner.frame(in: $0, from: 0) == nil) }
    }
}

@Suite struct MarkerTests {
    @Test func aMarkerIsFoundWhereverItStands() {
        var place = 0
        for prefix in ["{\"text\":\"", "{\"name\":\"~\",\"text\":\"", "{\"offset\":123456,\"text\":\""] {
            var bytes = Array(prefix.utf8)
            Marker(number: 42, sentAt: 1_234_567).append(to: &bytes)
            bytes.append(contentsOf: "xxx\"}".utf8)
            bytes.withUnsafeBytes {
                #expect(Marker.find(in: $0, at: &place) == Marker(number: 42, sentAt: 1_234_567))
                #expect(place == prefix.utf8.count)
            }
        }
    }

    @Test(arguments: ["", "{}", "~", "~~~~", #"{"text":"~0000000001.0000"#])
    func whatHasNoneHasNone(text: String) {
        var place = 3
        Array(text.utf8).withUnsafeBytes { #expect(Marker.find(in: $0, at: &place) == nil) }
    }
}

@Suite struct FloorTests {
    @Test func theLoopSendsToAllOfItsSockets() throws {
        let result = try Floor.measure(sockets: 10, bytes: 100, seconds: 1, rate: 20)
        #expect(result.cpuNanosecondsPerSend > 0)
        #expect(result.sendsPerSecond > 0)
    }
}

@Suite struct ProcessUsageTests {
    @Test func aProcessKnowsItsOwnCPUAndMemory() {
        let own = ProcessUsage.cpuNanoseconds(of: getOwnPID())
        #expect(own > 0)
        #expect(ProcessUsage.proportionalBytes(of: getOwnPID()) > 100_000)
        #expect(ProcessUsage.cpuNanoseconds(of: -1) == 0)
        #expect(ProcessUsage.proportionalBytes(of: -1) == 0)
    }

    private func getOwnPID() -> Int32 {
        SystemCalls.text(ofFile: "/proc/self/stat").flatMap { Int32($0.prefix { $0 != " " }) } ?? 0
    }
}

@Suite struct FreshIDTests {
    @Test func idsAreOfVersionSevenAndGrowWithTime() {
        var random = SeededGenerator(seed: 9)
        let ids = (0..<100).map { UUIDBits.fresh(at: Timestamp(milliseconds: 1_700_000_000_000 + $0), using: &random) }
        #expect(ids == ids.sorted())
        for id in ids {
            let text = Array(id.text)
            #expect(text[14] == "7")
            #expect("89ab".contains(text[19]))
        }
    }
}
