internal import Operations
internal import Wire

@testable internal import Registry

/// What comes from the command line and its files.
enum OperatorParsers {
    static func settings(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        guard let text = String(validating: bytes, as: UTF8.self) else { return .refused }
        do {
            _ = try SettingsFile(path: "fuzzed.yaml", text: text)
            return .taken
        } catch let failure as ProcessFailure {
            return failure.exitCode == .configuration ? .refused : .unsound("exit code \(failure.exitCode)")
        } catch { return .unsound("\(error)") }
    }

    /// A first byte for the algorithm, then the file.
    static func key(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let algorithms = TenantRecord.Key.Algorithm.allCases
        guard let first = bytes.first else { return .refused }
        let algorithm = algorithms[Int(first) % algorithms.count]
        return (try? KeyMaterial.check(Array(bytes.dropFirst()), for: algorithm)) == nil ? .refused : .taken
    }
}
