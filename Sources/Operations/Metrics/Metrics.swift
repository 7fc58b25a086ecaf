internal import Synchronization

/// A process's metrics, printed in Prometheus' text format 0.0.4. Instruments are made at start and kept by those who
/// move them; asking again for the same name and labels gives the same instrument.
public final class Metrics: Sendable {
    private enum Instrument {
        case counter(Counter)
        case gauge(Gauge)
        case reading(type: String, @Sendable () -> Double)
        case histogram(Histogram)

        var type: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .reading(let type, _): type
            case .histogram: "histogram"
            }
        }
    }

    private struct Family {
        let help: String
        let type: String
        /// By the labels' text.
        var instruments: [String: Instrument] = [:]
    }

    private let families = Mutex<[String: Family]>([:])

    public init() {}

    /// - Parameters:
    ///   - name: `parley_<process>_<what>_total`.
    ///   - labels: few and of few values: each combination is a line for ever.
    public func counter(_ name: String, help: String, labels: [String: String] = [:]) -> Counter {
        let made = instrument(name, help, labels) { .counter(Counter()) }
        if case .counter(let counter) = made { return counter }
        return Counter()
    }

    /// - Parameter name: `parley_<process>_<what>[_<unit>]`.
    public func gauge(_ name: String, help: String, labels: [String: String] = [:]) -> Gauge {
        let made = instrument(name, help, labels) { .gauge(Gauge()) }
        if case .gauge(let gauge) = made { return gauge }
        return Gauge()
    }

    /// A gauge that is read when somebody asks.
    public func gauge(
        _ name: String, help: String, labels: [String: String] = [:], read: @escaping @Sendable () -> Double
    ) {
        _ = instrument(name, help, labels) { .reading(type: "gauge", read) }
    }

    /// A counter that is read when somebody asks.
    public func counter(_ name: String, help: String, read: @escaping @Sendable () -> Double) {
        _ = instrument(name, help, [:]) { .reading(type: "counter", read) }
    }

    /// - Parameters:
    ///   - name: `parley_<process>_<what>_<unit>`.
    ///   - buckets: upper bounds, inclusive.
    public func histogram(
        _ name: String, help: String, labels: [String: String] = [:], buckets: [Double] = Histogram.seconds
    ) -> Histogram {
        let made = instrument(name, help, labels) { .histogram(Histogram(bounds: buckets)) }
        if case .histogram(let histogram) = made { return histogram }
        return Histogram(bounds: buckets)
    }

    /// One name is one type: asking for another is a mistake in the program, and gets an instrument that nobody sees.
    private func instrument(
        _ name: String, _ help: String, _ labels: [String: String], _ make: () -> Instrument
    ) -> Instrument {
        let key = Self.text(of: labels)
        return families.withLock { families in
            let made = families[name]?.instruments[key] ?? make()
            var family = families[name] ?? Family(help: help, type: made.type)
            assert(family.type == made.type, "\(name) is a \(family.type)")
            family.instruments[key] = made
            families[name] = family
            return made
        }
    }

    /// Everything, families and lines in the order of their names.
    public var text: String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(family.help.escaped(quotes: false))\n# TYPE \(name) \(family.type)\n"
            for (labels, instrument) in family.instruments.sorted(by: { $0.key < $1.key }) {
                switch instrument {
                case .counter(let counter): text += Self.line(name, labels, "\(counter.value)")
                case .gauge(let gauge): text += Self.line(name, labels, "\(gauge.value)")
                case .reading(_, let read): text += Self.line(name, labels, Self.number(read()))
                case .histogram(let histogram): text += Self.lines(name, labels, histogram)
                }
            }
        }
        return text
    }

    private static func lines(_ name: String, _ labels: String, _ histogram: Histogram) -> String {
        let state = histogram.snapshot
        var text = ""
        var total: UInt64 = 0
        for (place, count) in state.counts.enumerated() {
            total += count
            let bound = place < histogram.bounds.count ? number(histogram.bounds[place]) : "+Inf"
            let label = "le=\"\(bound)\""
            text += line(name + "_bucket", labels.isEmpty ? label : labels + "," + label, "\(total)")
        }
        return text + line(name + "_sum", labels, number(state.sum)) + line(name + "_count", labels, "\(total)")
    }

    private static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    private static func text(of labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value.escaped(quotes: true))\"" }.joined(
            separator: ",")
    }

    /// Whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}

extension String {
    /// By the text format's rules: a backslash and a newline everywhere, quotes in label values.
    fileprivate func escaped(quotes: Bool) -> String {
        var text = ""
        for character in self {
            switch character {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\"" where quotes: text += "\\\""
            default: text.append(character)
            }
        }
        return text
    }
}
