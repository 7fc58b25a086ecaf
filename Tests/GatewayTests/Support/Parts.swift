import NIOCore
import Testing
import Wire

@testable import Gateway

/// Fixed names. The texts are legal, so none of them is ever missing.
// swift-format-ignore: NeverForceUnwrap
enum Parts {
    static let acme = TenantSlug("acme")!
    static let other = TenantSlug("other")!
    static let ana = UserID("ana")!
    static let ben = UserID("ben")!
    static let chloe = UserID("chloe")!
    static let start = ContinuousClock.now
    static let lobby = conversation(1)
    static let attic = conversation(2)

    static func conversation(_ number: UInt64) -> ConversationID {
        ConversationID(bits: UUIDBits(high: 0, low: number))
    }

    static func user(_ number: Int) -> UserID { UserID("u\(number)")! }

    static func caller(_ user: UserID, _ role: Caller.Role = .user) -> Caller {
        Caller(tenant: acme, user: user, role: role)
    }

    /// Its JSON is `{offset}` or the given text, so that a test can tell what it sees.
    static func event(
        _ offset: UInt64, to scope: Scope = .conversation(lobby), _ effect: Envelope.Effect = .none,
        except: [UserID] = [], hiddenFor: [UserID] = [], durability: Envelope.Durability? = nil, after: UInt64 = 0,
        text: String? = nil
    ) -> Envelope {
        Envelope(
            offset: offset, durability: durability ?? (offset == 0 ? .ephemeral : .durable), after: after, scope: scope,
            effect: effect, except: except, hiddenFor: hiddenFor,
            hidden: hiddenFor.isEmpty ? [] : Array("hidden \(offset)".utf8), json: Array((text ?? "\(offset)").utf8))
    }

    static func pack(_ events: Envelope..., epoch: String = "e1") -> EventPack {
        EventPack(tenant: acme, epoch: epoch, envelopes: events)
    }

    static func pack(_ offsets: ClosedRange<UInt64>, epoch: String = "e1") -> EventPack {
        EventPack(tenant: acme, epoch: epoch, envelopes: offsets.map { event($0) })
    }
}

/// Splits a server's bytes into the payloads of its text frames.
func texts(_ bytes: ByteBuffer) -> [String] {
    var bytes = bytes
    var texts: [String] = []
    while let first = bytes.readInteger(as: UInt8.self), let second = bytes.readInteger(as: UInt8.self) {
        #expect(first == 0x81)
        let count: Int? =
            switch second {
            case 126: bytes.readInteger(as: UInt16.self).map(Int.init)
            case 127: bytes.readInteger(as: UInt64.self).map(Int.init)
            default: Int(second)
            }
        guard let count, let text = bytes.readString(length: count) else {
            Issue.record("a frame is cut off")
            break
        }
        texts.append(text)
    }
    return texts
}
