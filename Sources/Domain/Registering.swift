public import Wire

/// What a token stores of the user it names: everything at first sight, later only what the platform says otherwise
/// than before, so that what the user changed meanwhile with `user.update` stays. Empty where nothing is new.
///
/// A claim that is absent, empty or longer than `Limits` allows says nothing.
public func register(_ id: UserID, _ profile: Profile, in tenant: some UserReads) throws -> [Change] {
    let old = try tenant.claimedProfile(of: id)
    let new = Profile(
        name: usable(profile.name, codePointsMax: Limits.nameCodePoints) ?? old?.name,
        picture: usable(profile.picture, codePointsMax: Limits.pictureCodePoints) ?? old?.picture)
    guard new != old else { return [] }
    let user = try tenant.user(id)
    let registered = User(
        id: id, name: (new.name == old?.name ? user?.name : new.name) ?? id.text,
        picture: new.picture == old?.picture ? user?.picture : new.picture)
    return [.user(registered, claimed: new)]
}

private func usable(_ claim: String?, codePointsMax: Int) -> String? {
    guard let claim, !claim.isEmpty, claim.unicodeScalars.count <= codePointsMax else { return nil }
    return claim
}
