import Wire

@testable import Fanout

/// Ready-made values: one tenant `acme` in epoch `e1`.
enum Acme {
    static let slug = slug("acme")
    static let topic = Array(Scope.prefix(of: slug).utf8)
    static let start = ContinuousClock.now

    static func slug(_ text: String) -> TenantSlug {
        guard let slug = TenantSlug(text) else { preconditionFailure("\(text) is no slug") }
        return slug
    }

    static func event(_ offset: UInt64, _ durability: Envelope.Durability = .durable) -> Envelope {
        Envelope(offset: offset, durability: durability, scope: .system, json: Array(#"{"offset":\#(offset)}"#.utf8))
    }

    static func pack(_ offsets: some Sequence<UInt64>, of tenant: TenantSlug = slug, epoch: String = "e1") -> EventPack
    {
        EventPack(tenant: tenant, epoch: epoch, envelopes: offsets.map { event($0) })
    }

    static func heartbeat(_ offset: UInt64, of tenant: TenantSlug = slug, epoch: String = "e1") -> [UInt8] {
        Heartbeat(positions: [.init(tenant: tenant, epoch: epoch, offset: offset)]).bytes
    }

    static let bounds = Relay.Bounds(
        tenants: Tenants.Bounds(
            ring: Ring.Bounds(events: 100, bytes: 100_000, age: .seconds(60)), tenants: 10, bytes: 1_000_000),
        asksMax: 8, askTimeout: .seconds(2))
}
