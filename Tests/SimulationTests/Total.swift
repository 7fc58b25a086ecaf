/// What many runs come to.
struct Total: CustomStringConvertible {
    private var runs = 0
    private var acknowledged = 0
    private var deliveries = 0
    private var faults: [Fault: Int] = [:]
    private var sectorsLost: UInt64 = 0
    private var filesTorn: UInt64 = 0
    private var messagesLost = 0
    private var failed: [UInt64] = []

    mutating func add(_ result: Simulation.Result) {
        runs += 1
        acknowledged += result.acknowledged
        deliveries += result.deliveries
        faults.merge(result.faults) { $0 + $1 }
        sectorsLost += result.sectorsLost
        filesTorn += result.filesTorn
        messagesLost += result.messagesLost
        if !result.findings.isEmpty { failed.append(result.seed) }
    }

    var description: String {
        var lines = [
            "\(runs) seeds: \(acknowledged) acknowledged, \(deliveries) delivered, \(sectorsLost) sectors and "
                + "\(messagesLost) messages lost, \(filesTorn) files torn, \(faults.values.reduce(0, +)) faults:"
        ]
        for fault in Fault.allCases { lines.append("  \(faults[fault, default: 0]) \(fault.rawValue)") }
        lines.append("  \(failed.isEmpty ? "no findings" : "findings in the seeds \(failed)")")
        return lines.joined(separator: "\n")
    }
}
