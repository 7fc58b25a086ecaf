internal import Foundation
internal import Glibc
internal import Wire

/// What all scenarios share: connections that have said hello, people and conversations made by a service, time.
final class BenchRun {
    let options: BenchOptions
    let loop = LoadLoop()
    private let origin = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC)
    private let run: UInt64
    private var ids: UInt64 = 0
    private var opened = 0
    /// Replies that were not ok, while measuring.
    private(set) var refused: UInt64 = 0

    /// How many connections are set up at once, as after a gateway's restart: far fewer than a gateway lets one address
    /// have open before they say hello.
    static let openingMax = 200
    /// Commands on their way while setting up.
    private static let setUpWindow = 64
    /// How long a setting-up step may take without any progress.
    private static let patience: UInt64 = 30_000_000_000

    init(_ options: BenchOptions) {
        self.options = options
        var random = SystemRandomNumberGenerator()
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        run = UUIDBits.fresh(at: now, using: &random).high
        SystemCalls.raiseDescriptorLimit()
    }

    /// Nanoseconds since the benchmark began.
    var now: UInt64 { SystemCalls.nanoseconds(of: CLOCK_MONOTONIC) - origin }

    var tenant: String { options.tenants[0] }

    /// An id of this run's own: a time that no other has, and a counter.
    func freshID() -> UUIDBits {
        ids += 1
        return UUIDBits(high: run, low: 1 << 63 | ids)
    }

    // Setting up.

    /// Opens a connection for each of `users`; their places, in order.
    ///
    /// - Parameter greeted: gets the number of each that is let in, and its reply.
    func connect(
        _ users: [TokenRequest], greeted: (Int, UnsafeRawBufferPointer) -> Void = { _, _ in }
    ) throws -> [Int] {
        var places: [Int] = []
        var waiting: Set<Int> = []
        func open() throws {
            while places.count < users.count, waiting.count < Self.openingMax {
                let place = try hello(users[places.count])
                places.append(place)
                waiting.insert(place)
            }
        }
        guard !users.isEmpty else { return [] }
        try open()
        try wait("hello") { place, payload in
            guard Self.isReply(payload) else { return false }
            guard Self.isOK(payload) else { throw BenchFailure.refused("hello: \(Self.text(payload))") }
            if waiting.remove(place) != nil, let first = places.first { greeted(place - first, payload) }
            try open()
            return waiting.isEmpty
        }
        return places
    }

    /// Opens a connection and says hello on it; its place.
    func hello(_ user: TokenRequest) throws -> Int {
        let token = try options.token(user)
        let place = try loop.open(options.endpoints[opened % options.endpoints.count])
        opened += 1
        loop.send(Array(#"{"op":"hello","ref":"h","protocol":"1","token":"\#(token)"}"#.utf8), on: place)
        return place
    }

    /// Whether a reply is ok; nil where it is none.
    static func outcome(_ payload: UnsafeRawBufferPointer) -> Bool? { isReply(payload) ? isOK(payload) : nil }

    /// Carries out commands on one connection, many at a time; each must succeed.
    func carryOut(_ commands: [String], on place: Int) throws {
        var sent = 0
        var done = 0
        func fill() {
            while sent < commands.count, sent - done < Self.setUpWindow {
                loop.send(Array(commands[sent].utf8), on: place)
                sent += 1
            }
        }
        guard !commands.isEmpty else { return }
        fill()
        try wait("commands") { from, payload in
            guard from == place, Self.isReply(payload) else { return false }
            guard Self.isOK(payload) else { throw BenchFailure.refused(Self.text(payload)) }
            done += 1
            fill()
            return done == commands.count
        }
    }

    /// Makes users exist and puts them into a group each; the groups' ids.
    func makeGroups(_ groups: [[String]], in tenant: String, service: Int) throws -> [String] {
        let users = Set(groups.joined()).sorted()
        try carryOut(
            users.map { #"{"op":"user.update","ref":"u","as":"\#($0)","name":"\#($0)"}"# }, on: service)
        let ids = groups.map { _ in freshID().text }
        try carryOut(
            zip(groups, ids).map { members, id in
                let others = members.dropFirst().map { "\"\($0)\"" }.joined(separator: ",")
                return #"{"op":"conversation.create","ref":"c","as":"\#(members[0])","kind":"group","id":"\#(id)","#
                    + #""members":[\#(others)]}"#
            }, on: service)
        return ids
    }

    func service(of tenant: String) throws -> Int {
        try connect([TokenRequest(tenant: tenant, user: "bench-service", isService: true)])[0]
    }

    // Measuring.

    /// `message.send` with a marker, of `bytes` of text.
    func message(_ number: UInt64, to conversation: String, ref: Int, textBytes: Int = 200) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(textBytes + 180)
        bytes.append(contentsOf: #"{"op":"message.send","ref":"\#(ref)","conversation":""#.utf8)
        bytes.append(contentsOf: conversation.utf8)
        bytes.append(contentsOf: #"","id":""#.utf8)
        bytes.append(contentsOf: freshID().text.utf8)
        bytes.append(contentsOf: #"","text":""#.utf8)
        Marker(number: number, sentAt: now).append(to: &bytes)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: max(0, textBytes - Marker.count)))
        bytes.append(contentsOf: "\"}".utf8)
        return bytes
    }

    /// The marker of an event on connection `place`, if it has one.
    func marker(in payload: UnsafeRawBufferPointer, on place: Int) -> Marker? {
        loop.markerPlace(place) { Marker.find(in: payload, at: &$0) }
    }

    /// The ref of a reply, a number of our own; counts those that were refused.
    func replyRef(_ payload: UnsafeRawBufferPointer) -> Int? {
        guard Self.isReply(payload) else { return nil }
        if !Self.isOK(payload) { refused += 1 }
        var ref = 0
        var place = Self.replyPrefix.utf8CodeUnitCount
        while place < payload.count, payload[place] != UInt8(ascii: "\"") {
            ref = ref &* 10 &+ Int(payload[place] &- UInt8(ascii: "0"))
            place += 1
        }
        return ref
    }

    func checkConnections() throws {
        if let line = loop.refusedUpgrade { throw BenchFailure.refused("upgrade: \(line)") }
        let closed = loop.closed
        guard closed.count == 0 else {
            throw BenchFailure.refused("\(closed.count) connections were closed, the first with \(closed.code ?? 0)")
        }
    }

    /// What was used while `work` ran.
    func measured(_ work: () throws -> Void) rethrows -> Usage {
        let cpu = options.processes.map { ProcessUsage.cpuNanoseconds(of: $0.pid) }
        let own = SystemCalls.nanoseconds(of: CLOCK_THREAD_CPUTIME_ID)
        let start = now
        try work()
        let elapsed = now - start
        let used = zip(options.processes, cpu).map { process, before in
            // A process that was started again begins at 0.
            let after = ProcessUsage.cpuNanoseconds(of: process.pid)
            return (process.role, after - min(after, before))
        }
        return Usage(
            elapsed: elapsed, byRole: Dictionary(used, uniquingKeysWith: +),
            generator: SystemCalls.nanoseconds(of: CLOCK_THREAD_CPUTIME_ID) - own)
    }

    struct Usage {
        /// All in nanoseconds.
        let elapsed: UInt64
        let byRole: [String: UInt64]
        let generator: UInt64

        var all: UInt64 { byRole.values.reduce(0, +) }
    }

    /// Hands out frames until `isLast` says so.
    private func wait(_ what: String, isLast: (Int, UnsafeRawBufferPointer) throws -> Bool) throws {
        var deadline = now + Self.patience
        var failure: (any Error)?
        var isDone = false
        while !isDone {
            loop.poll(milliseconds: 100) { place, payload in
                deadline = now + Self.patience
                do { isDone = try isLast(place, payload) || isDone } catch { failure = failure ?? error }
            }
            if let failure { throw failure }
            try checkConnections()
            guard now < deadline else { throw BenchFailure.unreachable("no answer to \(what) in 30 s") }
        }
    }

    private static let replyPrefix: StaticString = #"{"ref":""#

    private static func isReply(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard payload.count > replyPrefix.utf8CodeUnitCount else { return false }
        return replyPrefix.withUTF8Buffer { payload.starts(with: $0) }
    }

    private static func isOK(_ payload: UnsafeRawBufferPointer) -> Bool {
        // Within the first bytes, right behind a ref of ours.
        let head = String(decoding: payload.prefix(64), as: UTF8.self)
        return head.contains(#""ok":true"#)
    }

    private static func text(_ payload: UnsafeRawBufferPointer) -> String {
        String(decoding: payload.prefix(300), as: UTF8.self)
    }
}
