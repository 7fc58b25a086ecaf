import Dispatch
import Synchronization
import Testing

@testable import Supervisor

@Suite struct LogRelayTests {
    /// What was written, and a gate that holds the writer back.
    private final class Sink: Sendable {
        private let lines = Mutex<[String]>([])
        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)

        func write(_ line: String) { lines.withLock { $0.append(line) } }
        var text: String { lines.withLock { $0.joined() } }
    }

    @Test func linesAreWrittenInOrder() {
        let sink = Sink()
        let relay = LogRelay { sink.write($0) }
        for number in 0..<1_000 { relay.add("\(number)\n") }
        relay.close()
        #expect(sink.text == (0..<1_000).map { "\($0)\n" }.joined())
    }

    @Test func aWriterThatHangsHoldsNobodyUpAndDropsAreCounted() {
        let sink = Sink()
        let relay = LogRelay(linesMax: 2) { line in
            sink.entered.signal()
            sink.gate.wait()
            sink.write(line)
        }
        relay.add("a\n")
        sink.entered.wait()
        for line in ["b\n", "c\n", "d\n", "e\n"] { relay.add(line) }
        #expect(sink.text.isEmpty)
        for _ in 0..<4 { sink.gate.signal() }
        relay.close()
        #expect(sink.text == "a\nb\nc\nparley: 2 log lines were dropped: nobody read them in time\n")
    }
}
