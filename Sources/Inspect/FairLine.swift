/// Whose file is looked at: tenants take turns, and so do the users of each.
public struct Sender: Hashable, Sendable {
    public let tenant: String
    public let user: String

    public init(tenant: String, user: String) {
        self.tenant = tenant
        self.user = user
    }

    /// Of the command line, which has no others beside it.
    static let nobody = Sender(tenant: "", user: "")
}

/// What waits, each sender's in its order. The next one is of the tenant whose turn it is, and of that tenant of the user whose
/// turn it is, so that somebody whose files take long waits for himself, and others hardly for him. Whoever comes anew
/// stands behind all that wait.
struct FairLine<Element> {
    private var tenants: [String] = []
    private var users: [String: [String]] = [:]
    private var lines: [Sender: [Element]] = [:]
    private(set) var count = 0

    mutating func append(_ element: Element, of sender: Sender) {
        if users[sender.tenant] == nil { tenants.append(sender.tenant) }
        if lines[sender] == nil { users[sender.tenant, default: []].append(sender.user) }
        lines[sender, default: []].append(element)
        count += 1
    }

    mutating func next() -> Element? {
        guard let tenant = tenants.first, var waiting = users[tenant], let user = waiting.first else { return nil }
        let sender = Sender(tenant: tenant, user: user)
        guard let element = lines[sender]?.removeFirst() else { return nil }
        count -= 1
        waiting.removeFirst()
        if lines[sender]?.isEmpty == true { lines[sender] = nil } else { waiting.append(user) }
        users[tenant] = waiting.isEmpty ? nil : waiting
        tenants.removeFirst()
        if !waiting.isEmpty { tenants.append(tenant) }
        return element
    }
}
