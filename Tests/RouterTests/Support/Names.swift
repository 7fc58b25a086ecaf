import Wire

extension TenantSlug {
    static let acme = named("acme")
    static let bolt = named("bolt")

    static func named(_ text: String) -> TenantSlug {
        guard let slug = TenantSlug(text) else { preconditionFailure("\(text) is no slug") }
        return slug
    }
}

extension UserID {
    static let alice = named("alice")
    static let bob = named("bob")
    static let carol = named("carol")

    static func named(_ text: String) -> UserID {
        guard let user = UserID(text) else { preconditionFailure("\(text) is no user") }
        return user
    }
}
