internal import Foundation

/// Everybody is cut off at once, as by a network that fails for a moment, and comes back by docs/protocol.md §5: after a
/// wait drawn evenly from the window that their last `hello` was told.
struct ReturnsScenario {
    let run: BenchRun

    /// The contract's default, for a reply without one.
    private static let defaultWindow: UInt64 = 2_000

    func measure() throws -> [BenchReport.Part] {
        let count = run.options.connections ?? 5_000
        let users = (0..<count).map { TokenRequest(tenant: run.tenant, user: "r\($0)") }
        run.options.progress("connecting \(count)")
        var windows = [UInt64](repeating: Self.defaultWindow, count: count)
        let places = try run.connect(users) { place, payload in
            windows[place] = Self.window(payload) ?? Self.defaultWindow
        }
        run.options.progress("cutting all off")
        for place in places { run.loop.end(place) }
        let before = run.loop.toldToWait
        var random = SystemRandomNumberGenerator()
        let start = run.now
        var due = users.indices.map {
            (at: start + .random(in: 0...(windows[$0] * 1_000_000), using: &random), user: $0)
        }
        due.sort { $0.at < $1.at }
        var latency = Histogram()
        var last = start
        var askedAt: [Int: UInt64] = [:]
        var next = 0
        var refusedBefore = 0
        while next < count || !askedAt.isEmpty {
            guard run.now < start + 60_000_000_000 else {
                throw BenchFailure.unreachable("\(askedAt.count + count - next) are not back after a minute")
            }
            if next < count, due[next].at <= run.now {
                let at = due[next].at
                let place = try run.hello(users[due[next].user])
                askedAt[place] = at
                next += 1
            }
            let idle = next < count ? Int64(clamping: due[next].at) - Int64(clamping: run.now) : 10_000_000
            run.loop.poll(milliseconds: idle <= 0 ? 0 : Pace.milliseconds(until: idle)) { place, payload in
                guard let isOK = BenchRun.outcome(payload), let at = askedAt.removeValue(forKey: place) else { return }
                if isOK { latency.record(nanoseconds: run.now &- at) } else { refusedBefore += 1 }
                last = run.now
            }
        }
        return [
            BenchReport.Part(
                "returns",
                [
                    Figure("connections", Double(count)), Figure("window_ms_max", Double(windows.max() ?? 0)),
                    Figure("window_ms_median", Double(windows.sorted()[count / 2])),
                    Figure("all_back_after_ms", Double(last - start) / 1e6),
                    Figure("refused", Double(refusedBefore)),
                    Figure("told_to_wait", Double(run.loop.toldToWait - before)),
                ] + Figures.latency(latency))
        ]
    }

    /// `retry_window_ms` of a reply to `hello`.
    private static func window(_ payload: UnsafeRawBufferPointer) -> UInt64? {
        let text = String(decoding: payload, as: UTF8.self)
        guard let name = text.range(of: "\"retry_window_ms\":") else { return nil }
        return UInt64(text[name.upperBound...].prefix { $0.isNumber })
    }
}
