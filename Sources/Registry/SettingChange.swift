public import Wire

/// One `--set NAME=VALUE`, checked against what the setting allows.
public enum SettingChange: Equatable, Sendable {
    case number(TenantSettings.Name, UInt64)
    /// Empty: back to the default.
    case list(TenantSettings.ListName, [String])

    public init(_ name: TenantSettings.Name, _ value: UInt64) throws(RegistryFailure) {
        guard name.allowed.contains(value) else {
            throw .invalid(
                field: name.rawValue, allowed: "\(name.allowed.lowerBound) to \(name.allowed.upperBound), not \(value)")
        }
        self = .number(name, value)
    }

    /// From `NAME=VALUE`, the value in decimal digits, or words with commas between.
    public init(_ text: String) throws(RegistryFailure) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let name = TenantSettings.ListName(rawValue: String(parts[0])) {
            let words = parts[1].split(separator: ",").map(String.init)
            guard TenantSettings.ListName.allows(words) else {
                throw .invalid(
                    field: name.rawValue,
                    allowed: "file extensions of a-z and 0-9 with commas between, at most "
                        + "\(TenantSettings.ListName.countMax), or nothing for the default")
            }
            self = .list(name, words)
            return
        }
        guard parts.count == 2, let name = TenantSettings.Name(rawValue: String(parts[0])) else {
            let numbers = TenantSettings.Name.allCases.map(\.rawValue)
            let names = (numbers + TenantSettings.ListName.allCases.map(\.rawValue)).joined(separator: ", ")
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
