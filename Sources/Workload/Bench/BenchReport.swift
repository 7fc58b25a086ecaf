/// One measured number.
public struct Figure: Equatable, Sendable {
    /// Snake case with the unit last: `cpu_us_per_delivery`.
    public let name: String
    public let value: Double

    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// What a scenario measured, printable for people and for programs.
public struct BenchReport: Equatable, Sendable {
    public struct Part: Equatable, Sendable {
        /// Such as `singly`, `saturated`.
        public let name: String
        public var figures: [Figure]

        public init(_ name: String, _ figures: [Figure]) {
            self.name = name
            self.figures = figures
        }

        public subscript(name: String) -> Double? { figures.first { $0.name == name }?.value }
    }

    public let scenario: String
    public var parts: [Part]

    public init(scenario: String, parts: [Part]) {
        self.scenario = scenario
        self.parts = parts
    }

    /// Nothing was lost, doubled or reordered.
    public var isClean: Bool {
        parts.allSatisfy { part in ["lost", "doubled", "reordered"].allSatisfy { (part[$0] ?? 0) == 0 } }
    }

    /// A block of aligned lines for each part.
    public var table: String {
        var lines: [String] = []
        for part in parts {
            lines.append("\(scenario) \(part.name)")
            let width = part.figures.map(\.name.count).max() ?? 0
            for figure in part.figures {
                let gap = String(repeating: " ", count: width - figure.name.count + 2)
                lines.append("  \(figure.name)\(gap)\(Self.text(figure.value))")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// `{"scenario":…,"clean":…,"parts":{"singly":{"deliveries_per_s":…}}}` on one line.
    public var json: String {
        let parts = parts.map { part in
            let figures = part.figures.map { "\"\($0.name)\":\(Self.text($0.value))" }
            return "\"\(part.name)\":{\(figures.joined(separator: ","))}"
        }
        return "{\"scenario\":\"\(scenario)\",\"clean\":\(isClean),\"parts\":{\(parts.joined(separator: ","))}}"
    }

    /// Whole where it is whole, else with three digits after the point.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let thousandths = Int64((value * 1_000).rounded())
        let whole = thousandths / 1_000
        let rest = abs(thousandths % 1_000)
        guard rest > 0 else { return "\(whole)" }
        let sign = thousandths < 0 && whole == 0 ? "-" : ""
        let digits = String(1_000 + rest).dropFirst()
        return "\(sign)\(whole).\(digits)"
    }
}
