public import Domain
internal import GRDB
internal import Wire

extension SQLiteTransaction {
    /// What an event does to the tables. They are a fold of the log: no statement but these changes them, save for
    /// `Change`s, of which no client hears.
    func apply(_ event: Event, at: Timestamp, offset: UInt64) throws {
        switch event {
        case .messageCreated(let message, let expiresAt):
            try apply(created: message, expiresAt: expiresAt, offset: offset)
        case .messageDeleted(let deleted): try apply(deleted, at: at, offset: offset)
        case .conversationCreated(let created): try apply(created, at: at, offset: offset)
        case .conversationUpdated(let details, _): try apply(updated: details, offset: offset)
        case .memberAdded(let change): try apply(added: change, at: at, offset: offset)
        case .memberRemoved(let change): try apply(removed: change, offset: offset)
        case .memberRole(let conversation, _, let user, let role):
            try apply(role: role, of: user, in: conversation, offset: offset)
        case .blockAdded(let by, let user): try apply(blocked: user, by: by, isActive: true, offset: offset)
        case .blockRemoved(let by, let user): try apply(blocked: user, by: by, isActive: false, offset: offset)
        case .tenantUpdated(let name, let limits): try apply(tenantUpdated: name, limits: limits)
        case .cursor(let moved): try apply(moved)
        case .preferences(let changed): try apply(changed)
        case .typing, .presence: break
        }
    }

    /// Stores what is neither logged nor published.
    public func apply(_ changes: [Change]) throws {
        for change in changes {
            switch change {
            case .user(let user, let claimed): try apply(user, claimed: claimed)
            case .seen(let user, let at): try apply(user, seenAt: at)
            case .subscribed(let user, let subscription): try apply(subscription, of: user)
            case .unsubscribed(let user, let endpoint): try apply(unsubscribed: endpoint, by: user)
            case .file(let change): try apply(change)
            }
        }
    }
}
