import Domain
import Testing
import Wire

@Suite struct PresenceTests {
    private static let noon = Timestamp(milliseconds: 1_767_268_800_000)

    private func views(_ users: [UserID], as reader: Reader, in acme: Acme) throws -> [PresenceView] {
        try PresenceWatch(users: users).answer(acme.turn(reader))
    }

    @Test func anybodyMayAskForAnybodyOfTheTenantInTheirOwnOrder() throws {
        var acme = try Acme()
        acme.tenant.apply([.seen(Acme.bob, at: Self.noon)])
        #expect(
            try views([Acme.carol, Acme.bob], as: .user(Acme.erin), in: acme)
                == [PresenceView(Acme.carol), PresenceView(Acme.bob, lastSeen: Self.noon)])
        #expect(try views([], as: .user(Acme.erin), in: acme).isEmpty)
    }

    @Test func nobodyHasSeenTheGhost() throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) { try views([Acme.bob, Acme.ghost], as: .user(Acme.alice), in: acme) }
    }

    @Test(arguments: [(Acme.alice, Acme.bob), (Acme.bob, Acme.alice)])
    func acrossABlockNeitherIsMoreThanOffline(blocker: UserID, blocked: UserID) throws {
        var acme = try Acme()
        acme.tenant.apply([.seen(Acme.bob, at: Self.noon)])
        try acme.block(blocked, by: blocker)
        let view = try #require(try views([Acme.bob], as: .user(Acme.alice), in: acme).first)
        #expect(view == PresenceView(Acme.bob, isHidden: true))
        let now = Presence(user: Acme.bob, status: .online, text: "here")
        #expect(view.presence(now) == Presence(user: Acme.bob))
        #expect(try views([Acme.bob], as: .user(Acme.carol), in: acme) == [PresenceView(Acme.bob, lastSeen: Self.noon)])
        #expect(try views([Acme.bob], as: .service, in: acme) == [PresenceView(Acme.bob, lastSeen: Self.noon)])
    }

    @Test func whatIsInMemoryCountsBeforeWhatIsStored() {
        let view = PresenceView(Acme.bob, lastSeen: Self.noon)
        let later = Self.noon.advanced(bySeconds: 1)
        #expect(view.presence(Presence(user: Acme.bob)).lastSeen == Self.noon)
        #expect(view.presence(Presence(user: Acme.bob, lastSeen: later)).lastSeen == later)
        #expect(view.presence(Presence(user: Acme.bob, status: .away)).lastSeen == nil)
    }

    @Test func aServiceSaysWhoseItIsAndThatSomebodyIsKnown() throws {
        let acme = try Acme()
        let set = PresenceSet(status: .away)
        #expect(try set.user(acme.turn(.user(Acme.bob))) == Acme.bob)
        #expect(throws: Refusal.badRequest("as")) { try set.user(acme.turn(.service)) }
        #expect(throws: Refusal.notFound) { try set.user(acme.turn(.user(Acme.ghost))) }
    }

    @Test func newsReachNobodyAcrossABlock() throws {
        var acme = try Acme()
        try acme.block(Acme.alice, by: Acme.carol)
        try acme.block(Acme.bob, by: Acme.alice)
        let news = try PresenceTelling(Presence(user: Acme.alice, status: .online)).news(in: acme.tenant)
        #expect(news.except == [Acme.bob, Acme.carol])
        #expect(String(decoding: news.json, as: UTF8.self) == #"{"event":"presence","user":"alice","status":"online"}"#)
        #expect(!news.concerns(Acme.bob) && news.concerns(Acme.dave) && news.concerns(nil))
    }

    @Test func newsForOneAreWhatThatOneMaySee() throws {
        var acme = try Acme()
        acme.tenant.apply([.seen(Acme.alice, at: Self.noon)])
        let telling = PresenceTelling(Presence(user: Acme.alice, status: .online, text: "here"), only: Acme.bob)
        let open = try telling.news(in: acme.tenant)
        #expect(String(decoding: open.json, as: UTF8.self).contains("\"text\":\"here\""))
        #expect(open.concerns(Acme.bob) && !open.concerns(Acme.dave) && !open.concerns(nil))
        try acme.block(Acme.bob, by: Acme.alice)
        let blocked = try telling.news(in: acme.tenant)
        #expect(
            String(decoding: blocked.json, as: UTF8.self)
                == #"{"event":"presence","user":"alice","status":"offline"}"#)
    }

    @Test func whoIsOfflineIsToldWithWhatIsStored() throws {
        var acme = try Acme()
        acme.tenant.apply([.seen(Acme.alice, at: Self.noon)])
        let news = try PresenceTelling(Presence(user: Acme.alice)).news(in: acme.tenant)
        #expect(String(decoding: news.json, as: UTF8.self).contains("\"last_seen\":\"\(Self.noon.text)\""))
    }
}
