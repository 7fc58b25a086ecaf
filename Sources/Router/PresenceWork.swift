internal import Domain
internal import Wire

/// What readers and lanes found out about presence, for the bus thread, which knows who is here.
enum PresenceResult: Sendable {
    /// Whom the reader may see: the answer is theirs and what holds now.
    case seen(Commission<PresenceCommand>, [PresenceView])
    /// Somebody without a connection to say it on, by HTTP or through a service, says how they are to be shown.
    case visits(Commission<PresenceCommand>, UserID, PresenceSet)
    case news(TenantSlug, [PresenceNews], link: LinkID?)
    /// The store could not be asked.
    case untold(PresenceBook.Due)
    /// A block between the two began or ended.
    case block(TenantSlug, UserID, UserID)
}
