internal import Foundation
internal import Wire

/// A tenant as the command line prints it. Keys without their material.
struct TenantView: Encodable {
    struct Key: Encodable {
        let kid: String
        let alg: String
    }

    let tenant: String
    let name: String
    let state: String
    let origins: [String]
    let keys: [Key]
    /// Effective values, defaults included.
    let settings: [String: UInt64]
    /// Only those that were set.
    let lists: [String: [String]]
    let suspendedUsers: [String]
    /// What the tenant's files take; only where one tenant is shown.
    var storageBytes: UInt64?

    private enum CodingKeys: String, CodingKey {
        case tenant, name, state, origins, keys, settings, lists
        case suspendedUsers = "suspended_users"
        case storageBytes = "storage_bytes"
    }

    init(_ record: TenantRecord) {
        tenant = record.tenant.text
        name = record.name
        state =
            switch record.state {
            case .active: "active"
            case .suspended: "suspended"
            }
        origins = record.origins
        keys = record.keys.map { Key(kid: $0.id, alg: $0.algorithm.rawValue) }
        settings = Dictionary(
            uniqueKeysWithValues: TenantSettings.Name.allCases.map { ($0.rawValue, record.settings[$0]) })
        lists = Dictionary(uniqueKeysWithValues: record.settings.lists.map { ($0.key.rawValue, $0.value) })
        suspendedUsers = record.suspendedUsers.map(\.text)
    }

    /// One line: slug, state, name.
    var line: String { "\(tenant)\t\(state)\t\(name)" }

    /// A line for each thing.
    var text: String {
        var lines = ["tenant   \(tenant)", "name     \(name)", "state    \(state)"]
        lines += origins.map { "origin   \($0)" }
        lines += keys.map { "key      \($0.kid) \($0.alg)" }
        lines += suspendedUsers.map { "suspended user  \($0)" }
        lines += settings.sorted { $0.key < $1.key }.map { "setting  \($0.key)=\($0.value)" }
        lines += lists.sorted { $0.key < $1.key }.map { "setting  \($0.key)=\($0.value.joined(separator: ","))" }
        if let storageBytes { lines.append("storage  \(storageBytes) bytes") }
        return lines.joined(separator: "\n")
    }
}
