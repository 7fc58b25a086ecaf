/// Where an event is published: the names that integrators subscribe to (docs/protocol.md §7).
public enum Scope: Hashable, Sendable {
    /// Everyone in the tenant.
    case system
    /// The members of a conversation.
    case conversation(ConversationID)
    /// One user's own devices.
    case user(UserID)

    /// `tenant_{tenant}_chat_{conversation}`, `tenant_{tenant}_user_{user}` or `tenant_{tenant}_system`.
    public func topic(in tenant: TenantSlug) -> String {
        switch self {
        case .system: Self.prefix(of: tenant) + "system"
        case .conversation(let id): Self.prefix(of: tenant) + "chat_" + id.text
        case .user(let id): Self.prefix(of: tenant) + "user_" + id.text
        }
    }

    /// `tenant_{tenant}_`: what all topics of a tenant begin with, and those of no other.
    public static func prefix(of tenant: TenantSlug) -> String { "tenant_\(tenant.text)_" }
}
