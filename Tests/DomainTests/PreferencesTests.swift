import Domain
import Testing
import Wire

@Suite struct PreferencesTests {
    @Test(arguments: [
        (PreferenceSet.Kind.mute, ConversationPreferences(muted: true)),
        (.archive, ConversationPreferences(archived: true)), (.pin, ConversationPreferences(pinned: true)),
    ])
    func whatIsSetIsToldToOnesOwnDevicesAlone(kind: PreferenceSet.Kind, preferences: ConversationPreferences) throws {
        var acme = try Acme()
        let decision = try acme.commit(set(kind, true), as: Acme.bob)
        let changed = PreferencesChanged(conversation: Acme.team, user: Acme.bob, preferences: preferences)
        #expect(decision == Decision(.done, happenings: [Happening(.preferences(changed), to: .user(Acme.bob))]))
        #expect(acme.tenant.preferences(of: Acme.bob, in: Acme.team) == preferences)
        #expect(acme.tenant.preferences(of: Acme.carol, in: Acme.team) == .usual)
    }

    @Test func settingTwiceHappensOnceAndEachIsApart() throws {
        var acme = try Acme()
        try acme.commit(set(.mute, true), as: Acme.bob)
        #expect(try acme.commit(set(.mute, true), as: Acme.bob) == Decision(.done))
        #expect(try acme.commit(set(.pin, false), as: Acme.bob) == Decision(.done))
        try acme.commit(set(.pin, true), as: Acme.bob)
        let both = ConversationPreferences(muted: true, pinned: true)
        #expect(acme.tenant.preferences(of: Acme.bob, in: Acme.team) == both)
        #expect(try acme.view(as: Acme.bob)?.preferences == both)
    }

    @Test func onlyMembersHaveAny() throws {
        var acme = try Acme()
        #expect(throws: Refusal.notFound) { try acme.commit(set(.mute, true), as: Acme.erin) }
    }

    @Test func whoIsAddedAgainBeginsAsEverybody() throws {
        var acme = try Acme()
        try acme.commit(set(.mute, true), as: Acme.dave)
        try acme.commit(.conversationLeave(ConversationLeave(conversation: Acme.team)), as: Acme.dave)
        try acme.commit(.memberAdd(MemberAdd(conversation: Acme.team, users: [Acme.dave])), as: Acme.alice)
        #expect(acme.tenant.preferences(of: Acme.dave, in: Acme.team) == .usual)
    }

    @Test func theArchiveHasWhatIsInItAndTheListTheRest() throws {
        var acme = try Acme()
        try acme.commit(set(.archive, true), as: Acme.bob)
        #expect(try listed(archived: true, acme) == [Acme.team])
        #expect(try listed(archived: false, acme) == [Acme.direct])
    }

    private func set(_ kind: PreferenceSet.Kind, _ isOn: Bool) -> Write {
        .preferenceSet(PreferenceSet(kind, conversation: Acme.team, isOn: isOn))
    }

    private func listed(archived: Bool, _ acme: Acme) throws -> [ConversationID] {
        let answer = try ConversationList(archived: archived).answered(acme.turn(.user(Acme.bob)))
        guard case .conversations(let views, _, _) = answer else { return [] }
        return views.map(\.details.id)
    }
}

extension ConversationList {
    fileprivate func answered(_ turn: Turn<MemoryTenant>) throws -> Answered {
        try Query.conversationList(self).answer(turn)
    }
}
