internal import Wire

/// What Parley's processes say to each other.
enum BusSeeds {
    static let acme = known(TenantSlug("acme"))
    static let alice = known(UserID("alice"))
    static let lunch = known(ConversationID("0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a"))
    static let caller = Caller(tenant: acme, user: alice, role: .user, profile: Profile(name: "Alice"))
    static let position = Heartbeat.Position(tenant: acme, epoch: "e7", offset: 12)
    static let upload = UploadID(bits: UUIDBits(high: 1, low: 2))
    static let file = StoredFile(
        name: "a.png", type: "image/png", size: 9, sha256: "aa", thumbnailSize: 1, width: 3, height: 4)
    static let json = Array(#"{"event":"typing"}"#.utf8)

    static let pack = EventPack(
        tenant: acme, epoch: "e7",
        envelopes: [
            Envelope(
                offset: 1, durability: .durable, scope: .conversation(lunch), effect: .joins([alice]),
                hiddenFor: [alice], hidden: json, json: json),
            Envelope(offset: 2, durability: .durable, scope: .user(alice), effect: .leaves([alice]), json: json),
            Envelope(offset: 0, durability: .ephemeral, after: 2, scope: .system, except: [alice], json: json),
        ])

    static var toRouter: [ToRouter] {
        let catchUp = CatchUp(caller: caller, since: 4, epoch: "e7", eventsMax: 500, bytesMax: 1_000)
        let requests: [Request] = [
            .command(id: 1, caller: caller, json: json), .catchUp(id: 2, catchUp), .gone(tenant: acme, user: alice),
            .lookUp(id: 3, tenant: acme), .watch(acme), .unwatch(acme),
            .file(
                id: 4, caller: caller, actingAs: alice,
                .begin(UploadBegin(id: upload, conversation: lunch, name: "a", size: 9))),
            .file(id: 5, caller: caller, actingAs: nil, .seal(upload, file)),
            .file(id: 6, caller: caller, actingAs: nil, .open(upload)),
        ]
        return [.open(link: 1, gateway: "g", watched: [acme]), .batch(link: 1, number: 0, requests: requests)]
            + requests.map { .batch(link: 1, number: 1, requests: [$0]) }
    }

    static var toGateway: [ToGateway] {
        let page = CatchUpPage(
            epoch: "e7", newest: 9, reached: 8, resumed: true, complete: false, user: User(id: alice, name: "Alice"),
            events: [CatchUpPage.Event(offset: 8, json: json)], states: [json], conversations: [lunch])
        let key = TenantRecord.Key(id: "k", algorithm: .hs256, material: Array(repeating: 7, count: 32))
        let record = TenantRecord(
            tenant: acme, name: "Acme", origins: ["https://a.example"], keys: [key], suspendedUsers: [alice])
        let answers: [Answer] = [
            .reply(id: 1, code: nil, json: json), .reply(id: 1, code: .overloaded, json: json), .page(id: 2, page),
            .refusedPage(id: 2, .unavailable), .tenant(record), .tenantGone(acme), .directoryComplete, .lookedUp(id: 3),
            .file(id: 4, .granted(UploadGrant(bytesMax: 9, expiresAt: Timestamp(milliseconds: 1)))),
            .file(id: 5, .file(file)),
            .file(id: 6, .refused(Refusal(.notFound, field: "x", retryAfterMs: 1))),
        ]
        return [.opened(link: 1, run: 2), .reset(link: 3), .batch(link: 1, number: 0, answers: answers)]
            + answers.map { .batch(link: 1, number: 1, answers: [$0]) }
    }

    private static func known<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("a seed that is not legal") }
        return value
    }
}
