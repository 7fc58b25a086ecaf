internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Registry
internal import Wire

/// Where the system's state is.
struct DataOptions: ParsableArguments {
    @Option(name: .customLong("data"), help: "The data directory (default: $PARLEY_DATA, else ./parley-data).")
    var given: String?

    /// An absolute path.
    var path: String {
        let text = given ?? ProcessInfo.processInfo.environment["PARLEY_DATA"] ?? "parley-data"
        return URL(fileURLWithPath: text.isEmpty ? "parley-data" : text).standardizedFileURL.path
    }

    /// Makes the registry where there is none.
    func makeRegistry() throws -> TenantRegistry { try TenantRegistry.open(dataDirectory: path) }

    /// Nil where nothing was ever made here: a wrong directory stays as it is.
    func existingRegistry() throws -> TenantRegistry? {
        FileManager.default.fileExists(atPath: path + "/registry.sqlite") ? try makeRegistry() : nil
    }

    func registry() throws -> TenantRegistry {
        guard let registry = try existingRegistry() else {
            throw ProcessFailure(.refused, "there are no tenants in \(path): is --data right?")
        }
        return registry
    }
}

/// How results are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON on stdout.")
    var json = false

    /// - Parameters:
    ///   - text: for people, without its last newline.
    ///   - value: for programs.
    func print(_ text: @autoclosure () -> String, json value: some Encodable) throws {
        guard json else {
            let text = text()
            if !text.isEmpty { Swift.print(text) }
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// Values that flags and arguments carry: each is taken as text and read here, so that a wrong value is told apart from
/// a wrong flag (65 against 64).
enum Value {
    static func tenant(_ text: String) throws -> TenantSlug {
        guard let slug = TenantSlug(text) else {
            throw wrong("tenant", text, "1 to 32 of a-z, 0-9 and -, the first no -")
        }
        return slug
    }

    static func user(_ text: String) throws -> UserID {
        guard let user = UserID(text) else { throw wrong("user", text, "1 to 64 of A-Z, a-z, 0-9 and . _ @ : -") }
        return user
    }

    static func integer(_ name: String, _ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw wrong(name, text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    static func duration(_ name: String, _ text: String, in range: ClosedRange<Duration>) throws -> Duration {
        guard let duration = DurationText.duration(text), range.contains(duration) else {
            throw wrong(name, text, Setting.Kind.duration(range).allowed)
        }
        return duration
    }

    static func address(_ name: String, _ text: String) throws -> Address {
        guard let address = Address(text) else { throw wrong(name, text, Setting.Kind.address.allowed) }
        return address
    }

    static func choice<C: RawRepresentable & CaseIterable>(_ name: String, _ text: String) throws -> C
    where C.RawValue == String {
        guard let choice = C(rawValue: text) else {
            throw wrong(name, text, "one of " + C.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    static func bytes(ofFile path: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw ProcessFailure(.inputOutput, "file: '\(path.escapedForLogs)' can't be read")
        }
    }

    static func wrong(_ name: String, _ text: String, _ allowed: String) -> ProcessFailure {
        ProcessFailure(.badData, "\(name): '\(text.escapedForLogs)' is not allowed: it takes \(allowed)")
    }
}
