internal import Synchronization
internal import Wire

/// The tenants as the registry last told them, and what differs from one reading to the next.
struct Directory: Equatable, Sendable {
    enum Change: Equatable, Sendable {
        case changed(TenantRecord)
        case gone(TenantSlug)

        var tenant: TenantSlug {
            switch self {
            case .changed(let record): record.tenant
            case .gone(let tenant): tenant
            }
        }

        /// As gateways hear of it.
        var answer: Answer {
            switch self {
            case .changed(let record): .tenant(record)
            case .gone(let tenant): .tenantGone(tenant)
            }
        }
    }

    private(set) var records: [TenantSlug: TenantRecord] = [:]

    /// The changes that turn this directory into `records`, in the order of the tenants' slugs.
    func changes(to records: [TenantRecord]) -> [Change] {
        let new = Dictionary(records.map { ($0.tenant, $0) }) { _, last in last }
        let changed = new.values.filter { self.records[$0.tenant] != $0 }.map(Change.changed)
        let gone = self.records.keys.filter { new[$0] == nil }.map(Change.gone)
        return (changed + gone).sorted { $0.tenant.text < $1.tenant.text }
    }

    mutating func apply(_ changes: [Change]) {
        for change in changes {
            switch change {
            case .changed(let record): records[record.tenant] = record
            case .gone(let tenant): records[tenant] = nil
            }
        }
    }

    /// What a link gets first.
    var answers: [Answer] {
        records.values.sorted { $0.tenant.text < $1.tenant.text }.map(Answer.tenant) + [.directoryComplete]
    }
}

extension TenantRecord {
    /// Whether everyone in the tenant hears of the step from `former` to this: `tenant.updated` says its name and limits.
    func isNews(after former: TenantRecord) -> Bool {
        name != former.name || ClientLimits(settings) != ClientLimits(former.settings)
    }

    /// Whether commands of the user are carried out. Gateways close such connections; what was on its way ends here.
    func admits(_ user: UserID) -> Bool { state == .active && !suspendedUsers.contains(user) }
}

/// The directory for the threads that carry out commands.
final class DirectoryBoard: Sendable {
    private let directory = Mutex(Directory())

    func record(of tenant: TenantSlug) -> TenantRecord? { directory.withLock { $0.records[tenant] } }

    func apply(_ changes: [Directory.Change]) { directory.withLock { $0.apply(changes) } }
}
