import Seeded
import Wire

/// What crosses the bus, of any form that is legal.
extension SeededGenerator {
    mutating func toRouter() -> ToRouter {
        switch Int.random(in: 0..<2, using: &self) {
        case 0: .open(link: next(), gateway: text(count: 0...20), watched: list(0...5) { $0.tenant() })
        default: .batch(link: next(), number: next(), requests: list(0...8) { $0.request() })
        }
    }

    mutating func toGateway() -> ToGateway {
        switch Int.random(in: 0..<4, using: &self) {
        case 0: .opened(link: next(), run: next())
        case 1: .reset(link: next())
        default: .batch(link: next(), number: next(), answers: list(0...8) { $0.answer() })
        }
    }

    mutating func pack() -> EventPack {
        EventPack(tenant: tenant(), epoch: text(count: 0...8), envelopes: list(0...5) { $0.envelope() })
    }

    mutating func heartbeat() -> Heartbeat {
        Heartbeat(
            positions: list(0...5) {
                Heartbeat.Position(tenant: $0.tenant(), epoch: $0.text(count: 0...8), offset: $0.next())
            })
    }

    mutating func replayRequest() -> ReplayRequest {
        ReplayRequest(id: next(), tenant: tenant(), from: next(), to: next())
    }

    mutating func replayAnswer() -> ReplayAnswer {
        switch Int.random(in: 0..<3, using: &self) {
        case 0: .events(id: next(), pack())
        case 1: .gone(id: next(), oldest: next())
        default: .unavailable(id: next())
        }
    }

    private mutating func tenant() -> TenantSlug {
        TenantSlug("t" + String(next() % 1_000_000, radix: 36)) ?? Sample.acme
    }

    private mutating func envelope() -> Envelope {
        let scopes: [Scope] = [.system, .conversation(identifier()), .user(user())]
        let effects: [Envelope.Effect] = [.none, .joins(list(0...3) { $0.user() }), .leaves(list(0...3) { $0.user() })]
        let durability = [Envelope.Durability.durable, .state, .ephemeral].randomElement(using: &self) ?? .durable
        return Envelope(
            offset: durability == .durable ? max(1, next()) : 0, durability: durability,
            after: durability == .durable ? 0 : next(),
            scope: scopes.randomElement(using: &self) ?? .system,
            effect: effects.randomElement(using: &self) ?? .none, except: list(0...3) { $0.user() },
            hiddenFor: list(0...3) { $0.user() }, hidden: bytes(count: 0...20), json: bytes(count: 0...200))
    }

    private mutating func caller() -> Caller {
        Caller(
            tenant: tenant(), user: user(), role: Bool.random(using: &self) ? .user : .service,
            profile: Profile(name: maybe { $0.text(count: 0...20) }, picture: maybe { $0.text(count: 0...20) }))
    }

    private mutating func request() -> Request {
        switch Int.random(in: 0..<9, using: &self) {
        case 7: .file(id: next(), caller: caller(), actingAs: maybe { $0.user() }, fileRequest())
        case 0: .command(id: next(), caller: caller(), json: bytes(count: 0...300))
        case 1:
            .catchUp(
                id: next(),
                CatchUp(
                    caller: caller(), since: maybe { $0.next() }, epoch: maybe { $0.text(count: 0...8) },
                    statesSince: maybe { $0.next() },
                    eventsMax: UInt32(truncatingIfNeeded: next()), bytesMax: UInt32(truncatingIfNeeded: next())))
        case 2: .gone(tenant: tenant(), user: user())
        case 3: .lookUp(id: next(), tenant: tenant())
        case 4: .watch(tenant())
        case 5: .present(tenant: tenant(), list(0...5) { $0.attending() }, isRenewal: Bool.random(using: &self))
        case 6: .interest(tenant: tenant(), interest())
        default: .unwatch(tenant())
        }
    }

    private mutating func answer() -> Answer {
        switch Int.random(in: 0..<9, using: &self) {
        case 7: .file(id: next(), fileAnswer())
        case 0: .reply(id: next(), code: maybe { $0.code() }, json: bytes(count: 0...300))
        case 1: .page(id: next(), page())
        case 2: .refusedPage(id: next(), code())
        case 3: .tenant(record())
        case 4: .tenantGone(tenant())
        case 5: .directoryComplete
        case 6: .presence(tenant(), list(0...5) { $0.news() })
        default: .lookedUp(id: next())
        }
    }

    private mutating func fileRequest() -> FileRequest {
        switch Int.random(in: 0..<6, using: &self) {
        case 0:
            .begin(
                UploadBegin(
                    id: identifier(), conversation: identifier(), name: text(count: 0...20), size: maybe { $0.next() }))
        case 1: .seal(identifier(), storedFile())
        case 2: .finish(identifier())
        case 3: .cancel(identifier())
        case 4:
            .refuse(
                identifier(),
                RefusedUpload(
                    name: text(count: 0...20), type: text(count: 0...20), size: next(), reason: text(count: 0...20)))
        default: .open(identifier())
        }
    }

    private mutating func fileAnswer() -> FileAnswer {
        switch Int.random(in: 0..<4, using: &self) {
        case 0: .granted(UploadGrant(bytesMax: next(), expiresAt: Timestamp(milliseconds: Int64(next() >> 20))))
        case 1: .file(storedFile())
        case 2: .done
        default:
            .refused(
                Refusal(code(), field: maybe { $0.text(count: 0...20) }, retryAfterMs: maybe { Int($0.next() >> 8) }))
        }
    }

    private mutating func storedFile() -> StoredFile {
        StoredFile(
            name: text(count: 0...20), type: text(count: 0...20), size: next(), sha256: text(count: 0...64),
            thumbnailSize: next(), width: maybe { $0.next() }, height: maybe { $0.next() },
            durationMs: maybe { $0.next() })
    }

    mutating func attendance() -> Attendance {
        Attendance(
            Attendance.Status.allCases.randomElement(using: &self) ?? .online, text: maybe { $0.text(count: 1...5) },
            setAt: Timestamp(milliseconds: Int64.random(in: -2...2, using: &self)),
            isPolling: Bool.random(using: &self))
    }

    private mutating func attending() -> Attending { Attending(user(), attendance()) }

    private mutating func interest() -> PresenceInterest {
        let kinds: [PresenceInterest.Kind] = [.begins, .goesOn, .ends]
        return PresenceInterest(kinds.randomElement(using: &self) ?? .begins, list(0...5) { $0.user() })
    }

    private mutating func news() -> PresenceNews {
        PresenceNews(
            user: user(), only: maybe { $0.user() }, except: list(0...3) { $0.user() }, json: bytes(count: 0...100))
    }

    private mutating func code() -> Refusal.Code { Refusal.Code.allCases.randomElement(using: &self) ?? .internal }

    private mutating func page() -> CatchUpPage {
        CatchUpPage(
            epoch: text(count: 0...8), newest: next(), reached: next(), resumed: Bool.random(using: &self),
            complete: Bool.random(using: &self),
            user: User(id: user(), name: text(count: 0...20), picture: maybe { $0.text(count: 0...20) }),
            events: list(0...5) { CatchUpPage.Event(offset: $0.next(), json: $0.bytes(count: 0...100)) },
            states: list(0...3) { $0.bytes(count: 0...100) }, conversations: list(0...5) { $0.identifier() })
    }

    private mutating func record() -> TenantRecord {
        var settings = TenantSettings()
        for name in TenantSettings.Name.allCases where Bool.random(using: &self) {
            settings[name] = .random(in: name.allowed, using: &self)
        }
        for name in TenantSettings.ListName.allCases where Bool.random(using: &self) { settings[name] = ["pdf", "7z"] }
        return TenantRecord(
            tenant: tenant(), name: text(count: 0...20), state: Bool.random(using: &self) ? .active : .suspended,
            origins: list(0...3) { $0.text(count: 0...20) },
            keys: list(0...3) {
                TenantRecord.Key(
                    id: $0.text(count: 1...8),
                    algorithm: TenantRecord.Key.Algorithm.allCases.randomElement(using: &$0) ?? .hs256,
                    material: $0.bytes(count: 0...64))
            },
            settings: settings, suspendedUsers: list(0...3) { $0.user() })
    }
}
