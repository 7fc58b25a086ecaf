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

    /// What is written again leads to the same place.
    static func target(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        guard let target = WebTarget(String(decoding: bytes, as: UTF8.self)) else { return .refused }
        return WebTarget(target.origin + target.path) == target ? .taken : .unsound("leads elsewhere once written")
    }

    /// A first byte for the algorithm, then the file.
    static func key(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let algorithms = TenantRecord.Key.Algorithm.allCases
        guard let first = bytes.first else { return .refused }
        let algorithm = algorithms[Int(first) % algorithms.count]
        return (try? KeyMaterial.check(Array(bytes.dropFirst()), for: algorithm)) == nil ? .refused : .taken
    }
}
