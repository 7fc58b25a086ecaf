import Testing
import Wire

@Suite struct TopicTests {
    @Test func eachScopeHasItsTopic() {
        #expect(Scope.system.topic(in: Sample.acme) == "tenant_acme_system")
        #expect(Scope.user(Sample.bob).topic(in: Sample.acme) == "tenant_acme_user_bob")
        #expect(
            Scope.conversation(Sample.lunch).topic(in: Sample.acme)
                == "tenant_acme_chat_0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a")
    }

    @Test(arguments: ["a", "acme", "acme-2", "acm"], ["acme-2-b", "ac", "acme-x", "b"])
    func noTenantsPrefixBeginsAnothersTopics(one: String, other: String) throws {
        let one = try #require(TenantSlug(one))
        let other = try #require(TenantSlug(other))
        #expect(!Scope.system.topic(in: other).hasPrefix(Scope.prefix(of: one)))
        #expect(!Scope.system.topic(in: one).hasPrefix(Scope.prefix(of: other)))
    }
}
