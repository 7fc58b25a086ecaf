public import Wire

/// One `--set NAME=VALUE`, checked against what the setting allows.
public struct SettingChange: Equatable, Sendable {
    public let name: TenantSettings.Name
    public let value: UInt64

    public init(_ name: TenantSettings.Name, _ value: UInt64) throws(RegistryFailure) {
        guard name.allowed.contains(value) else {
            throw .invalid(
                field: name.rawValue, allowed: "\(name.allowed.lowerBound) to \(name.allowed.upperBound), not \(value)")
        }
        self.name = name
        self.value = value
    }

    /// From `NAME=VALUE`, the value in decimal digits.
    public init(_ text: String) throws(RegistryFailure) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = TenantSettings.Name(rawValue: String(parts[0])) else {
            let names = TenantSettings.Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(field: "setting", allowed: "NAME=VALUE, NAME one of \(names)")
        }
        guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let value = UInt64(parts[1])
        else {
            let allowed = name.allowed
            throw .invalid(
                field: name.rawValue, allowed: "a whole number, \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        try self.init(name, value)
    }
}
