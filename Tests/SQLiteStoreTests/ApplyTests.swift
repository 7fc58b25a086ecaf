import Domain
import SQLiteStore
import Seeded
import Testing
import Wire

/// The tables are a fold of the log: the same events applied again to an empty file make the same tables.
@Suite struct ApplyTests {
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func theTablesAreAFoldOfTheLog(seed: UInt64) throws {
        let acme = try Acme()
        var random = SeededGenerator(seed: seed)
        var happened: [(happenings: [Happening], at: Timestamp)] = []
        var at = acme.now
        for _ in 0..<500 {
            at = at.advanced(bySeconds: Int64.random(in: 0...3, using: &random))
            try acme.tenant.write { transaction in
                let due = try deleteExpired(at: at, in: transaction.reads, limit: 3)
                _ = try transaction.append(due, at: at)
                happened.append((due, at))
                let turn = Turn(
                    tenant: transaction.reads, reader: .user(Self.person(&random)), at: at,
                    nextOffset: transaction.nextOffset, settings: TenantSettings())
                do {
                    let decision = try Self.write(&random).decide(turn)
                    _ = try transaction.append(decision.happenings, at: at)
                    happened.append((decision.happenings, at))
                } catch is Refusal {}
            }
        }
        let again = try Acme()
        for (happenings, at) in happened {
            _ = try again.tenant.write { try $0.append(happenings, at: at) }
        }
        let tables = try acme.tables()
        let refolded = try again.tables()
        for (name, rows) in tables { #expect(refolded[name] == rows, "\(name)") }
        #expect(tables["log"]?.count ?? 0 > 40)
        #expect(tables["message"]?.isEmpty == false && tables["block"]?.isEmpty == false)
    }

    private static func person(_ random: inout SeededGenerator) -> UserID {
        [Acme.alice, Acme.bob, Acme.carol][Int.random(in: 0..<3, using: &random)]
    }

    private static func write(_ random: inout SeededGenerator) -> Write {
        let conversation = ConversationID.number(UInt64.random(in: 1...8, using: &random))
        let user = person(&random)
        let number = UInt64.random(in: 1...300, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9:
            let thread: MessageID? = number.isMultiple(of: 5) ? .number(UInt64.random(in: 1...90, using: &random)) : nil
            return .messageSend(
                MessageSend(conversation: conversation, id: .number(number), text: "Text \(number)", thread: thread))
        case 9..<12:
            let kind: CursorKind = Bool.random(using: &random) ? .read : .received
            return .cursorMove(CursorMove(kind: kind, conversation: conversation, seq: number))
        case 12, 13:
            let kind: ConversationKind = Bool.random(using: &random) ? .direct : .group
            return .conversationCreate(ConversationCreate(kind: kind, members: [user], id: conversation))
        case 14:
            let expiry: UInt64 = Bool.random(using: &random) ? 0 : 5
            return .conversationUpdate(
                ConversationUpdate(conversation: conversation, title: "Title \(number)", expiresAfterSeconds: expiry))
        case 15: return .memberAdd(MemberAdd(conversation: conversation, users: [user]))
        case 16: return .memberRemove(MemberRemove(conversation: conversation, users: [user]))
        case 17: return .memberRole(MemberRoleSet(conversation: conversation, user: user, role: .owner))
        case 18: return .blockAdd(BlockAdd(user: user))
        default: return .blockRemove(BlockRemove(user: user))
        }
    }
}
