internal import Wire

/// What event loops hand to the bus thread.
enum GatewayInput: Sendable {
    /// Wants an answer under this id; see `Pending`.
    case ask(id: UInt64, Request)
    /// The user is at this gateway in another way than before, or no longer.
    case attendance(of: UserID, in: TenantSlug)
    /// A connection begins to watch these users, or no longer does.
    case interest([UserID], in: TenantSlug)
    case interestEnds([UserID], in: TenantSlug)
    /// The loop has its first connection of the tenant, or none any longer.
    case joined(TenantSlug, loop: Int)
    case parted(TenantSlug, loop: Int)
}

/// What event loops get from the bus thread, and from the directory.
enum LoopInput: Sendable {
    case answer(Answer)
    /// Nobody answered in time.
    case expired(UInt64)
    case events(TenantSlug, [Envelope], cursor: UInt64)
    case presence(TenantSlug, [PresenceNews])
    /// All connections of the tenant have to start anew.
    case restart(TenantSlug)
    /// The directory's entry is another one, or gone.
    case changed(TenantSlug)
}

/// What the bus thread learns about tenants, in order.
enum DirectoryNews: Sendable {
    case tenant(TenantRecord)
    case gone(TenantSlug)
    case complete
    case lookedUp(UInt64)
}
