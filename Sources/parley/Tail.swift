internal import Bus
internal import Foundation
internal import Operations
internal import Registry
internal import Synchronization
internal import Tap
internal import Wire

/// The tap that `parley tail` uses.
struct TailAccess {
    let keys: CurveKeyPair
    let server: CurveKey
    let endpoints: [String]
    let isWhole: Bool
    /// Takes the tap away again where it was made for this run.
    let end: @Sendable () -> Void

    /// One that is left behind by a run that was killed is good for so long.
    private static let ttl: Duration = .seconds(86_400)

    init(_ slug: TenantSlug, scope: TapScope, keys path: String?, data: DataOptions) throws {
        let made: MadeTap
        if let path {
            let bytes = Data(try Value.bytes(ofFile: path))
            guard let read = try? JSONDecoder().decode(MadeTap.self, from: bytes), read.tenant == slug.text else {
                throw ProcessFailure(.badData, "keys: '\(path.escapedForLogs)' holds no tap of tenant \(slug)")
            }
            made = read
            end = {}
        } else {
            let registry = try data.registry()
            let doors = try DoorOptions.usual(registry)
            let name = "tail-\(getpid())-\(UInt32.random(in: 0 ... .max))"
            made = try TapMaker(registry: registry, data: data, doors: doors)
                .make(name, of: slug, scope: scope, ttl: Self.ttl)
            end = {
                do { try registry.revokeTap(name, of: slug, by: .now()) } catch {
                    LogLines.write("parley: tap \(name) is not revoked: \(error)\n")
                }
            }
        }
        guard let secret = CurveKey(made.secret), let server = CurveKey(made.server) else {
            throw ProcessFailure(.badData, "keys: no CURVE keys")
        }
        keys = try CurveKeyPair(secret: secret)
        self.server = server
        endpoints = [made.stream] + made.others.map(\.stream)
        // Only a tap that may subscribe is sure to see every offset.
        isWhole = made.subscribe != nil
    }
}

/// The file of `--state`: where the next run goes on.
final class TailPosition: Sendable {
    private struct Saved: Codable {
        var tenant: String
        var next: UInt64
    }

    private let path: String
    private let tenant: String
    private let next: Mutex<(value: UInt64?, saved: UInt64?)>

    /// - Throws: 65 where the file is there and is another tenant's, or none of ours.
    init(path: String, tenant: String) throws {
        self.path = path
        self.tenant = tenant
        guard FileManager.default.fileExists(atPath: path) else {
            next = Mutex((nil, nil))
            return
        }
        let bytes = Data(try Value.bytes(ofFile: path))
        guard let saved = try? JSONDecoder().decode(Saved.self, from: bytes), saved.tenant == tenant else {
            throw ProcessFailure(.badData, "state: '\(path.escapedForLogs)' is no position of tenant \(tenant)")
        }
        next = Mutex((saved.next, saved.next))
    }

    /// Nil where nothing was saved yet.
    var start: TapFollower.Start? { next.withLock { $0.value.map(TapFollower.Start.offset) } }

    func reached(_ offset: UInt64) { next.withLock { $0.value = offset + 1 } }

    /// Writes it down where it has moved, whole or not at all.
    func save() {
        let due: UInt64? = next.withLock { next in
            guard next.value != next.saved else { return nil }
            next.saved = next.value
            return next.value
        }
        guard let due else { return }
        do {
            let saved = Saved(tenant: tenant, next: due)
            try JSONEncoder().encode(saved).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch { LogLines.write("parley: state: '\(path.escapedForLogs)' can't be written: \(error)\n") }
    }
}

/// `parley tail` at work.
struct Tail {
    private let access: TailAccess
    private let start: TapFollower.Start
    private let position: TailPosition?
    private let printsJSON: Bool

    init(_ access: TailAccess, start: TapFollower.Start, position: TailPosition?, printsJSON: Bool) {
        self.access = access
        self.start = start
        self.position = position
        self.printsJSON = printsJSON
    }

    private enum End: Sendable {
        case stopped
        case failed(TapFollower.Failure)
    }

    /// Until somebody stops it.
    func run() async throws {
        let (ends, feed) = AsyncStream.makeStream(of: End.self, bufferingPolicy: .bufferingOldest(1))
        let signals = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { feed.yield(.stopped) }
            source.resume()
            return source
        }
        defer { for signal in signals { signal.cancel() } }
        let reader = TapReader(
            TapReader.Configuration(
                keys: access.keys, server: access.server, endpoints: access.endpoints, start: start,
                isWhole: access.isWhole),
            deliver: { [position, printsJSON] offset, json in
                let line = printsJSON ? (offset > 0 ? json : nil) : Array(Self.pretty(offset, json).utf8)
                if let line, !Self.write(line) { feed.yield(.stopped) }
                if offset > 0 { position?.reached(offset) }
            }, failed: { feed.yield(.failed($0)) })
        do { try reader.start() } catch { throw ProcessFailure(.inputOutput, "\(error)") }
        let saving = Task { [position] in
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                position?.save()
            }
        }
        var end = End.stopped
        for await how in ends {
            end = how
            break
        }
        saving.cancel()
        reader.stop()
        position?.save()
        switch end {
        case .stopped: return
        case .failed(.gone(let oldest)):
            throw ProcessFailure(.refused, "the log no longer reaches back so far: it begins at \(oldest)")
        case .failed(.refused(.conflict)):
            throw ProcessFailure(.refused, "the tenant was restored to an earlier point: begin anew")
        case .failed(.refused(let code)): throw ProcessFailure(.refused, "the tap is refused: \(code.rawValue)")
        }
    }

    /// - Returns: false where nobody reads any more.
    private static func write(_ line: [UInt8]) -> Bool {
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(count, 0))
        }
        return true
    }

    /// `offset  event  the rest`, in one line that a terminal can show as it is.
    private static func pretty(_ offset: UInt64, _ json: [UInt8]) -> String {
        let text = String(decoding: json, as: UTF8.self)
        let name = text.dropFirst(#"{"event":""#.count).prefix { $0 != "\"" }
        let rest = text.dropFirst(#"{"event":""#.count + name.count + 1)
        let place = offset > 0 ? "\(offset)" : "-"
        return "\(place)  \(name)  \(rest.drop { $0 == "," }.dropLast())".escapedForLogs
    }
}
