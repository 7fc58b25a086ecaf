internal import Bus
internal import Foundation
internal import Operations
internal import Registry
internal import Wire

/// What an integrator needs to connect. The secret is shown this once and kept nowhere.
struct MadeTap: Codable {
    struct Worker: Codable {
        let subscribe: String?
        let stream: String
    }

    let name: String
    let tenant: String
    let `public`: String
    let secret: String
    let server: String
    /// Nil for a tap that may use streams only.
    let subscribe: String?
    let stream: String
    /// The same at other workers, which take over where the first is gone.
    let others: [Worker]

    var text: String {
        var lines = ["tap        \(name) of tenant \(tenant)", "public     \(`public`)", "secret     \(secret)"]
        lines.append("server     \(server)")
        if let subscribe { lines.append("subscribe  \(subscribe)") }
        lines.append("stream     \(stream)")
        lines += others.map { "also       \($0.subscribe.map { $0 + " " } ?? "")\($0.stream)" }
        return lines.joined(separator: "\n")
    }
}

/// Makes taps: keys, the registry's entry, and where to connect.
struct TapMaker {
    /// Ports after a door's own that tenants' publishers have (setting `tap-ports`).
    static let places = 1_000

    let registry: TenantRegistry
    let data: DataOptions
    let doors: [TapDoor]

    func make(_ name: String, of slug: TenantSlug, scope: TapScope, ttl: Duration?) throws -> MadeTap {
        let server = try data.keys("taps")
        let keys = try Self.generate()
        let deed = Deed.now()
        let expiresAt = ttl.map { deed.at.advanced(bySeconds: $0.components.seconds) }
        let tap = TapRecord(name: name, key: keys.publicKey, scope: scope, expiresAt: expiresAt)
        let place = try registry.createTap(tap, of: slug, placesMax: Self.places, by: deed)
        return made(tap, of: slug, keys, server, place: place)
    }

    func rotate(_ name: String, of slug: TenantSlug) throws -> MadeTap {
        let server = try data.keys("taps")
        let keys = try Self.generate()
        let (tap, place) = try registry.rotateTap(
            name, of: slug, to: keys.publicKey, placesMax: Self.places, by: .now())
        return made(tap, of: slug, keys, server, place: place)
    }

    private func made(
        _ tap: TapRecord, of slug: TenantSlug, _ keys: CurveKeyPair, _ server: CurveKeyPair, place: Int
    ) -> MadeTap {
        func worker(_ door: TapDoor) -> MadeTap.Worker {
            let publisher = Address(host: door.host, port: door.port + 1 + place)
            return MadeTap.Worker(
                subscribe: tap.scope.isWhole ? "tcp://\(publisher)" : nil,
                stream: "tcp://\(Address(host: door.host, port: door.port))")
        }
        let workers = doors.map(worker)
        return MadeTap(
            name: tap.name, tenant: slug.text, public: keys.publicKey.text, secret: keys.secret.text,
            server: server.publicKey.text, subscribe: workers.first?.subscribe ?? nil,
            stream: workers.first?.stream ?? "", others: Array(workers.dropFirst()))
    }

    private static func generate() throws -> CurveKeyPair {
        do { return try CurveKeyPair.generate() } catch { throw ProcessFailure(.inputOutput, "\(error)") }
    }
}

extension DataOptions {
    var keysFolder: String { path + "/keys" }

    /// The pair of that name, made where there is none.
    func keys(_ name: String) throws -> CurveKeyPair {
        do { return try KeyFile.pair(name, in: keysFolder) } catch { throw ProcessFailure(.inputOutput, "\(error)") }
    }
}

extension Deed {
    /// Whoever is logged in, now; behind sudo, who called it.
    static func now() -> Deed {
        let environment = ProcessInfo.processInfo.environment
        let name = environment["SUDO_USER"] ?? environment["LOGNAME"] ?? environment["USER"] ?? "uid \(getuid())"
        return Deed(operator: name, at: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)))
    }
}
