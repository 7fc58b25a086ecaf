internal import Domain
internal import Operations
internal import SQLiteStore
internal import Wire

/// The sole writer of its tenants: carries out batches, one transaction a tenant, and keeps who types where. Its
/// thread alone calls it.
struct Lane {
    /// What a batch led to. Nothing of it may leave before `execute` has returned: by then it is on disk.
    struct Outcome: Sendable {
        var finished = Finished()
        /// What can be read now that its callers are registered.
        var reads: [ReadItem] = []
        var erased: [TenantSlug] = []
        /// Tenants in which somebody wants to be woken.
        var pushing: Set<TenantSlug> = []
        /// Contents that nobody refers to any longer.
        var removals: [(tenant: TenantSlug, contents: [String])] = []
        /// Whose files have come to take more than four fifths of what they may.
        var nearlyFull: [TenantSlug] = []
        var failures: [Failure] = []
        /// A transaction that stored something has come to its end.
        var hasCommitted = false
    }

    /// A transaction that was rolled back, or a tenant that could not be opened.
    struct Failure: Sendable {
        let tenant: TenantSlug
        let error: any Error
    }

    /// How long a client waits before it repeats what a failure of the disk undid.
    static let retryAfterMs = 1_000
    /// Expired messages deleted in one transaction, so that commands don't wait long behind them.
    private static let expiredPerTransaction = 200
    /// How closely typing's end and messages' expiry are looked after.
    private static let typingInterval: Duration = .milliseconds(250)
    private static let expiryInterval: Duration = .seconds(1)
    /// Users of one tenant whose registration is remembered, at about 200 bytes each.
    private static let registeredMax = 10_000

    private let tenants: SQLiteTenants
    private let board: DirectoryBoard
    private let positions: Positions
    private let metrics: RouterMetrics
    private let allowsPlainPush: Bool
    private var states: [TenantSlug: TenantState] = [:]
    private var typing: Set<TenantSlug> = []
    private var expiring: Set<TenantSlug> = []
    /// Whose log is too long for one slice.
    private var pruning: Set<TenantSlug> = []

    /// When `ticked` is to come next; nil where nothing runs out.
    private(set) var nextTick: ContinuousClock.Instant?

    /// - Parameter allowsPlainPush: push endpoints may be `http`.
    init(
        tenants: SQLiteTenants, board: DirectoryBoard, positions: Positions, metrics: RouterMetrics,
        allowsPlainPush: Bool = false
    ) {
        self.allowsPlainPush = allowsPlainPush
        self.tenants = tenants
        self.board = board
        self.positions = positions
        self.metrics = metrics
    }

    /// Carries out the items of each tenant in their order.
    mutating func execute(_ items: [LaneItem], now: ContinuousClock.Instant, at: Timestamp) -> Outcome {
        var outcome = Outcome()
        for (tenant, group) in Self.groups(of: items) {
            execute(group, of: tenant, Moment(now: now, at: at), &outcome)
        }
        schedule(now: now)
        return outcome
    }

    /// Ends the typing that nobody renewed and deletes the messages that are due.
    mutating func ticked(now: ContinuousClock.Instant, at: Timestamp) -> Outcome {
        var outcome = Outcome()
        let moment = Moment(now: now, at: at)
        let due = expiring.filter { states[$0]?.nextDue.map { $0 <= at } == true }
        for tenant in typing.union(due).union(pruning).sorted(by: { $0.text < $1.text }) {
            execute([], of: tenant, moment, &outcome)
        }
        nextTick = nil
        schedule(now: now)
        return outcome
    }

    private mutating func schedule(now: ContinuousClock.Instant) {
        let interval: Duration? =
            !typing.isEmpty
            ? Self.typingInterval : !expiring.isEmpty || !pruning.isEmpty ? Self.expiryInterval : nil
        guard let interval else {
            nextTick = nil
            return
        }
        nextTick = min(nextTick ?? now + interval, now + interval)
    }

    /// In the order of their first items.
    private static func groups(of items: [LaneItem]) -> [(tenant: TenantSlug, items: [LaneItem])] {
        guard let first = items.first?.tenant else { return [] }
        if items.allSatisfy({ $0.tenant == first }) { return [(first, items)] }
        var groups: [(tenant: TenantSlug, items: [LaneItem])] = []
        var places: [TenantSlug: Int] = [:]
        for item in items {
            if let place = places[item.tenant] {
                groups[place].items.append(item)
            } else {
                places[item.tenant] = groups.count
                groups.append((item.tenant, [item]))
            }
        }
        return groups
    }

    private mutating func execute(
        _ items: [LaneItem], of slug: TenantSlug, _ moment: Moment, _ outcome: inout Outcome
    ) {
        guard let record = board.record(of: slug) else {
            for item in items { outcome.finished.refuse(item, .notFound, metrics) }
            erase(slug, where: items, &outcome)
            return
        }
        var rest = items
        var keepsUp = true
        // What fails takes its transaction with it: the others are carried out again without it.
        while true {
            do {
                try attempt(rest, record, moment, keepsUp: keepsUp, &outcome)
                return
            } catch let culprit as Culprit {
                metrics.commitFailures.add()
                outcome.failures.append(Failure(tenant: slug, error: culprit.error))
                if let place = culprit.place {
                    outcome.finished.refuse(rest.remove(at: place), Self.refusal(for: culprit.error), metrics)
                } else {
                    keepsUp = false
                }
                if rest.isEmpty { return }
            } catch {
                metrics.commitFailures.add()
                outcome.failures.append(Failure(tenant: slug, error: error))
                for item in rest { outcome.finished.refuse(item, Self.refusal(for: error), metrics) }
                return
            }
        }
    }

    /// One transaction. Everything it leads to is kept apart until it is on disk.
    private mutating func attempt(
        _ items: [LaneItem], _ record: TenantRecord, _ moment: Moment, keepsUp: Bool, _ outcome: inout Outcome
    ) throws {
        let slug = record.tenant
        let tenant = try tenants.tenant(slug)
        let before = states[slug] ?? TenantState()
        let start = ContinuousClock.now
        let (turn, offset) = try tenant.write { transaction in
            var turn = LaneTurn(
                record: record, moment: moment, state: before, allowsPlainPush: allowsPlainPush)
            func keepUp() throws {
                guard keepsUp else { return }
                do { try turn.keepUp(&transaction, expiredMax: Self.expiredPerTransaction) } catch {
                    throw Culprit(place: nil, error: error)
                }
            }
            if !before.isDiscovered {
                try turn.discover(&transaction)
                // What ran out while no router ran takes no room from whoever comes first.
                try keepUp()
            }
            for (place, item) in items.enumerated() {
                do { try turn.perform(item, &transaction) } catch { throw Culprit(place: place, error: error) }
            }
            try keepUp()
            return (turn, transaction.nextOffset - 1)
        }
        metrics.commitSeconds.observe(ContinuousClock.now - start)
        if !items.isEmpty { metrics.batchSize.observe(Double(items.count)) }
        let position = Heartbeat.Position(tenant: slug, epoch: tenant.epoch, offset: offset)
        if turn.isStoring { positions.committed(position, now: moment.now) } else { positions.found(position) }
        if turn.state.isNearlyFull != before.isNearlyFull {
            metrics.tenantsNearlyFull.add(turn.state.isNearlyFull ? 1 : -1)
            if turn.state.isNearlyFull { outcome.nearlyFull.append(slug) }
        }
        keep(turn.state, of: slug)
        for (commission, answer) in turn.files { outcome.finished.answer(answer, to: commission, metrics) }
        if !turn.removals.isEmpty { outcome.removals.append((slug, turn.removals)) }
        for (op, code) in turn.outcomes { metrics.carriedOut(op, code) }
        outcome.hasCommitted = outcome.hasCommitted || turn.isStoring
        outcome.finished.answers += turn.finished.answers
        outcome.finished.presence += turn.finished.presence
        if turn.isPushing { outcome.pushing.insert(slug) }
        outcome.finished.publish(turn.envelopes, of: slug, epoch: tenant.epoch)
        outcome.reads += turn.reads
    }

    private mutating func keep(_ state: TenantState, of slug: TenantSlug) {
        var state = state
        if state.registered.count > Self.registeredMax { state.registered = [:] }
        if state.typists.isEmpty { typing.remove(slug) } else { typing.insert(slug) }
        if state.isPruning { pruning.insert(slug) } else { pruning.remove(slug) }
        if state.nextDue == nil { expiring.remove(slug) } else { expiring.insert(slug) }
        states[slug] = state
    }

    /// The tenant is no longer in the directory, and somebody has deleted it.
    private mutating func erase(_ slug: TenantSlug, where items: [LaneItem], _ outcome: inout Outcome) {
        if states[slug]?.isNearlyFull == true { metrics.tenantsNearlyFull.add(-1) }
        states[slug] = nil
        typing.remove(slug)
        expiring.remove(slug)
        pruning.remove(slug)
        guard items.contains(where: { if case .erase = $0 { true } else { false } }) else { return }
        do {
            try tenants.erase(slug)
            positions.forget(slug)
            outcome.erased.append(slug)
        } catch {
            outcome.failures.append(Failure(tenant: slug, error: error))
        }
    }

    /// What is worth another try is told so; what failed by itself would fail again.
    static func refusal(for error: any Error) -> Refusal {
        switch (error as? StoreFailure)?.reason {
        case .full, .io, .busy, .closed, .corrupt, .newer: .unavailable(retryAfterMs: retryAfterMs)
        case .contradiction, .other, nil: .internal
        }
    }
}

/// One reading of both clocks.
struct Moment: Sendable {
    /// For what runs out.
    let now: ContinuousClock.Instant
    /// For what is written down.
    let at: Timestamp
}

/// What failed, and the item that did it; none where it was the tenant's upkeep.
private struct Culprit: Error {
    let place: Int?
    let error: any Error
}
