internal import Foundation
internal import Synchronization
public import Wire

/// The files of all tenants under one data directory, `DIRECTORY/tenants/SLUG/tenant.sqlite`, of which those last used
/// are open: a tenant has up to three descriptors and two for each of its readers, and a process has so many.
public final class SQLiteTenants: Sendable {
    private struct State {
        var tenants: [TenantSlug: SQLiteTenant] = [:]
        var files: [TenantSlug: TenantFile] = [:]
        var open: Set<TenantSlug> = []
        var isClosed = false
    }

    /// Files closed at a time: each waits for the disk several times, which many can do together.
    private static let closersMax = 16

    private let directory: String
    private let openMax: Int
    private let readersPerTenant: Int
    private let makeEpoch: @Sendable () -> String
    private let state = Mutex(State())
    private let uses = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - directory: the data directory; made where there is none.
    ///   - openMax: how many tenants' files are open at a time, those in use at this moment not counted in.
    ///   - readersPerTenant: how many snapshots of one tenant are read at a time.
    ///   - makeEpoch: names a new file's epoch; by default a random one.
    public init(
        directory: String, openMax: Int, readersPerTenant: Int,
        makeEpoch: @escaping @Sendable () -> String = SQLiteTenants.randomEpoch
    ) throws {
        self.directory = directory + "/tenants"
        self.openMax = max(openMax, 1)
        self.readersPerTenant = max(readersPerTenant, 1)
        self.makeEpoch = makeEpoch
        try FileSystem.makeDirectory(self.directory)
    }

    /// Looks at every tenant's file before any is opened, so that a data directory of a later version is refused as a
    /// whole. What a crash left in a file's log alone shows when that file is opened.
    ///
    /// - Throws: `StoreFailure`, `newer` with the tenant's name.
    public func refuseNewer() throws {
        for name in try FileSystem.names(in: directory) {
            guard let version = Migrations.version(ofFile: "\(directory)/\(name)/tenant.sqlite"),
                version > Migrations.current
            else { continue }
            throw Migrations.refusal(of: version, "tenant \(name)")
        }
    }

    /// Opens the tenant's file, makes it where there is none, and brings it to the current version.
    ///
    /// - Throws: `StoreFailure`, `newer` for a file of a later version among them.
    public func tenant(_ slug: TenantSlug) throws -> SQLiteTenant {
        let (known, file) = try state.withLock { state in
            guard !state.isClosed else { throw StoreFailure(.closed, "the store is closed") }
            let file =
                state.files[slug]
                ?? TenantFile(
                    slug, directory: directory + "/" + slug.text, readers: readersPerTenant, makeEpoch: makeEpoch)
            state.files[slug] = file
            return (state.tenants[slug], file)
        }
        if let known { return known }
        let tenant = try SQLiteTenant(file, in: self)
        return state.withLock { state in
            // Another thread may have been first; and an erased tenant's file is not put back.
            if let known = state.tenants[slug] { return known }
            if state.files[slug] === file { state.tenants[slug] = tenant }
            return tenant
        }
    }

    /// Whether the tenant has a file.
    public func exists(_ slug: TenantSlug) -> Bool {
        FileSystem.exists("\(directory)/\(slug.text)/tenant.sqlite")
    }

    /// Deletes the tenant's files for good.
    ///
    /// - Throws: `StoreFailure`, `busy` while somebody still reads or writes: nobody new gets in, so call again.
    public func erase(_ slug: TenantSlug) throws {
        let file = state.withLock { state in
            let file =
                state.files[slug]
                ?? TenantFile(
                    slug, directory: directory + "/" + slug.text, readers: readersPerTenant, makeEpoch: makeEpoch)
            state.files[slug] = file
            return file
        }
        try file.end()
        try file.remove()
        state.withLock { state in
            state.files[slug] = nil
            state.tenants[slug] = nil
            state.open.remove(slug)
        }
    }

    /// Closes the tenant's file unless somebody is using it. One that can't be closed stays open until others need room.
    public func letGo(_ slug: TenantSlug) {
        guard let file = state.withLock({ $0.files[slug] }) else { return }
        try? file.closeIfIdle { state.withLock { _ = $0.open.remove(slug) } }
    }

    /// Closes all; whoever still uses one finishes first, and everything after is refused as `closed`.
    ///
    /// - Throws: `StoreFailure`, `busy` where one was in use: its file stays open.
    public func close() throws {
        let files = state.withLock { state in
            state.isClosed = true
            return Array(state.files.values)
        }
        let next = Atomic<Int>(0)
        let failure = Mutex<(any Error)?>(nil)
        let ended = DispatchGroup()
        for _ in 0..<min(Self.closersMax, files.count) {
            ended.enter()
            Thread.detachNewThread {
                while true {
                    let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard place < files.count else { break }
                    do { try files[place].end() } catch { failure.withLock { $0 = error } }
                }
                ended.leave()
            }
        }
        ended.wait()
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// How many tenants' files are open.
    public var openCount: Int { state.withLock { $0.open.count } }

    /// `e` and ten digits of base 32: names few enough to read, none like another in a tenant's life.
    @Sendable public static func randomEpoch() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")
        return "e" + String((0..<10).map { _ in digits[Int.random(in: 0..<32, using: &generator)] })
    }

    func tick() -> UInt64 { uses.add(1, ordering: .relaxed).newValue }

    func opened(_ slug: TenantSlug) { state.withLock { _ = $0.open.insert(slug) } }

    /// Closes those longest idle until no more than `openMax` are open, or the rest is in use.
    func closeLongestIdle() {
        var candidates = state.withLock { state in
            state.open.count > openMax ? state.open.compactMap { state.files[$0] } : []
        }
        while openCount > openMax {
            let idle = candidates.compactMap { file in file.idleSince.map { (file: file, since: $0) } }
            guard let longest = idle.min(by: { $0.since < $1.since })?.file else { return }
            candidates.removeAll { $0 === longest }
            // One that can't be closed stays open, and is tried again when the next one opens.
            try? longest.closeIfIdle { state.withLock { _ = $0.open.remove(longest.slug) } }
        }
    }
}
