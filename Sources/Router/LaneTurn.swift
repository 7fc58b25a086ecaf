internal import Domain
internal import SQLiteStore
internal import Wire

/// What a lane keeps of one tenant between its transactions.
struct TenantState: Sendable {
    var typists = Typists()
    /// What users' tokens said when they were last stored, so that each command need not look it up.
    var registered: [UserID: Profile] = [:]
    /// When the next message is due to disappear.
    var nextDue: Timestamp?
    /// Whether `nextDue` has been looked for.
    var isDiscovered = false
    var nextPruning: ContinuousClock.Instant?
    /// There is more to prune than the last slice took.
    var isPruning = false
    /// Contents that nobody refers to may be waiting to be removed.
    var mayHaveUnreferred = true
    var isRemoving = false
    /// When what could not be removed is tried again.
    var removesAgainAt: Timestamp?
    /// The tenant's files take more than four fifths of what they may.
    var isNearlyFull = false
}

/// One transaction of one tenant: what it has led to so far. If it fails nothing of it counts.
struct LaneTurn: Sendable {
    /// Log entries deleted in one transaction: some milliseconds.
    private static let prunedAtOnce = 1_000
    /// Between two slices, and after the last one.
    private static let pruningPause: Duration = .seconds(1)
    private static let pruningInterval: Duration = .seconds(60)
    /// Contents that are removed in one go.
    private static let removedAtOnce = 100
    private static let removalRetrySeconds: Int64 = 30

    let record: TenantRecord
    let moment: Moment
    var state: TenantState
    private(set) var finished = Finished()
    private(set) var outcomes: [(Op, Refusal.Code?)] = []
    private(set) var files: [(FileCommission, FileAnswer)] = []
    private(set) var envelopes: [Envelope] = []
    private(set) var reads: [ReadItem] = []
    private(set) var isStoring = false
    /// Somebody wants to be woken.
    private(set) var isPushing = false
    private let allowsPlainPush: Bool
    /// To be removed from the store of files once this is on disk.
    private(set) var removals: [String] = []

    init(record: TenantRecord, moment: Moment, state: TenantState, allowsPlainPush: Bool = false) {
        self.allowsPlainPush = allowsPlainPush
        self.record = record
        self.moment = moment
        self.state = state
    }

    mutating func perform(_ item: LaneItem, _ transaction: inout SQLiteTransaction) throws {
        switch item {
        case .write(let commission): try perform(commission, &transaction)
        case .signal(let commission): try perform(commission, transaction)
        case .file(let commission): try perform(commission, transaction)
        case .removed(_, let contents, let areAll): try removed(contents, areAll: areAll, transaction)
        case .register(let caller, let item):
            try register(caller, transaction)
            reads.append(item)
        case .gone(_, let user): try tell(state.typists.gone(user), transaction)
        case .seen(_, let left):
            try transaction.apply(left.sorted { $0.key < $1.key }.map { Change.seen($0.key, at: $0.value) })
            isStoring = true
        case .due(_, let moment): state.nextDue = min(state.nextDue ?? moment, moment)
        case .updated:
            let isAnnounced = try isAnnounced(transaction) ?? false
            if !isAnnounced { try announce(&transaction) }
        // Every turn ends with it; the log's turn has come, whenever it was cut last.
        case .keepUp: state.nextPruning = nil
        case .pushEnded(let end):
            try transaction.apply([.unsubscribed(end.user, endpoint: end.endpoint)])
            isStoring = true
        // The tenant is in the directory again: what was to be deleted is not this one.
        case .erase: break
        }
    }

    /// Takes the tenant in hand: looks for the next message that is due, and tells everyone what an operator changed
    /// while no router ran.
    mutating func discover(_ transaction: inout SQLiteTransaction) throws {
        // The process that was to remove them is gone.
        try transaction.giveBackUnreferred()
        try lookAtStorage(transaction)
        state.nextDue = try transaction.reads.nextExpiry()
        state.isDiscovered = true
        if try isAnnounced(transaction) == false { try announce(&transaction) }
    }

    /// What runs out by itself: typing that nobody renewed, at most `expiredMax` messages that are due, old log entries.
    mutating func keepUp(_ transaction: inout SQLiteTransaction, expiredMax: Int) throws {
        try expire(&transaction, limit: expiredMax)
        try prune(transaction)
        try remove(transaction)
    }

    private mutating func expire(_ transaction: inout SQLiteTransaction, limit: Int) throws {
        try tell(state.typists.expire(now: moment.now), transaction)
        guard let due = state.nextDue, due <= moment.at else { return }
        try append(try deleteExpired(at: moment.at, in: transaction.reads, limit: limit), &transaction)
        try apply(try forgetExpiredUploads(at: moment.at, in: transaction.reads, limit: limit), transaction)
        state.nextDue = try transaction.reads.nextExpiry()
        if let again = state.removesAgainAt { state.nextDue = min(state.nextDue ?? again, again) }
    }

    /// Deletes old entries of the log where the tenant's settings say so, a slice at a time.
    private mutating func prune(_ transaction: SQLiteTransaction) throws {
        let seconds = record.settings[.logRetentionSeconds]
        let events = record.settings[.logRetentionEvents]
        guard record.boundsItsLog, state.nextPruning.map({ $0 <= moment.now }) ?? true else { return }
        let deleted = try transaction.prune(
            keepEvents: events > 0 ? events : nil,
            olderThan: seconds > 0 ? moment.at.advanced(bySeconds: -Int64(clamping: seconds)) : nil,
            limit: Self.prunedAtOnce)
        state.isPruning = deleted >= Self.prunedAtOnce
        state.nextPruning = moment.now + (state.isPruning ? Self.pruningPause : Self.pruningInterval)
    }

    /// Whether `tenant.updated` said last what is so now; nil where it never said anything.
    private func isAnnounced(_ transaction: SQLiteTransaction) throws -> Bool? {
        try transaction.reads.isAnnounced(name: record.name, limits: ClientLimits(record.settings))
    }

    private mutating func announce(_ transaction: inout SQLiteTransaction) throws {
        try append([tenantUpdated(name: record.name, settings: record.settings)], &transaction)
    }

    private mutating func perform(
        _ commission: Commission<Write>, _ transaction: inout SQLiteTransaction
    ) throws {
        do {
            try admit(commission.caller)
            let reader = try commission.reader()
            try register(commission.caller, transaction)
            let decision = try commission.body.decide(turn(reader, transaction))
            if !decision.changes.isEmpty {
                try transaction.apply(decision.changes)
                isStoring = true
                isPushing = isPushing || decision.changes.contains { if case .subscribed = $0 { true } else { false } }
            }
            try append(decision.happenings, &transaction)
            answer(.success(decision.answered), commission)
            try tell(state.typists.ended(by: decision.happenings), transaction)
        } catch let refusal as Refusal {
            answer(.failure(refusal), commission)
        }
    }

    private mutating func perform(_ commission: FileCommission, _ transaction: SQLiteTransaction) throws {
        do {
            try admit(commission.caller)
            let reader = try commission.reader()
            try register(commission.caller, transaction)
            let decision = try commission.request.decide(turn(reader, transaction))
            try apply(decision.changes, transaction)
            files.append((commission, decision.answer))
        } catch let refusal as Refusal {
            files.append((commission, .refused(refusal)))
        }
    }

    private mutating func apply(_ changes: [FileChange], _ transaction: SQLiteTransaction) throws {
        guard !changes.isEmpty else { return }
        try transaction.apply(changes.map(Change.file))
        isStoring = true
        for change in changes {
            switch change {
            case .upload(let upload): state.nextDue = min(state.nextDue ?? upload.expiresAt, upload.expiresAt)
            case .forgotten: state.mayHaveUnreferred = true
            case .refused: break
            }
        }
        try lookAtStorage(transaction)
    }

    private mutating func removed(_ contents: [String], areAll: Bool, _ transaction: SQLiteTransaction) throws {
        try transaction.removed(contents)
        state.isRemoving = false
        isStoring = true
        if !areAll {
            try transaction.giveBackUnreferred()
            let again = moment.at.advanced(bySeconds: Self.removalRetrySeconds)
            state.mayHaveUnreferred = true
            state.removesAgainAt = again
            state.nextDue = min(state.nextDue ?? again, again)
        }
        try lookAtStorage(transaction)
    }

    private mutating func remove(_ transaction: SQLiteTransaction) throws {
        guard state.mayHaveUnreferred, !state.isRemoving, state.removesAgainAt.map({ $0 <= moment.at }) ?? true else {
            return
        }
        state.removesAgainAt = nil
        let taken = try transaction.takeUnreferred(limit: Self.removedAtOnce)
        removals += taken
        state.isRemoving = !taken.isEmpty
        state.mayHaveUnreferred = taken.count == Self.removedAtOnce
        if state.isRemoving { isStoring = true }
    }

    private mutating func lookAtStorage(_ transaction: SQLiteTransaction) throws {
        let quota = record.settings[.storageBytesMax]
        state.isNearlyFull = try transaction.reads.storageUse().bytes > quota / 5 * 4
    }

    private mutating func perform(
        _ commission: Commission<Signal>, _ transaction: SQLiteTransaction
    ) throws {
        do {
            try admit(commission.caller)
            let happenings = try commission.body.relay(turn(try commission.reader(), transaction))
            let told = happenings.filter { isToBeTold($0.event) }
            envelopes += told.map { Envelope($0, at: moment.at, after: transaction.nextOffset - 1) }
            answer(.success(.done), commission)
        } catch let refusal as Refusal {
            answer(.failure(refusal), commission)
        }
    }

    /// Typing that begins is kept until it ends; an end that had no beginning is nobody's business.
    private mutating func isToBeTold(_ event: Event) -> Bool {
        guard case .typing(let conversation, let user, let isActive) = event else { return true }
        let typist = Typist(conversation: conversation, user: user)
        return isActive ? state.typists.start(typist, now: moment.now) : state.typists.stop(typist)
    }

    private func turn(_ reader: Reader, _ transaction: SQLiteTransaction) -> Turn<SQLiteReads> {
        var turn = Turn(
            tenant: transaction.reads, reader: reader, at: moment.at, nextOffset: transaction.nextOffset,
            settings: record.settings, link: record.link(to:for:until:))
        turn.allowsPlainPush = allowsPlainPush
        return turn
    }

    private func admit(_ caller: Caller) throws(Refusal) {
        guard record.admits(caller.user) else { throw .forbidden }
    }

    private mutating func register(_ caller: Caller, _ transaction: SQLiteTransaction) throws {
        guard caller.role == .user, state.registered[caller.user] != caller.profile else { return }
        let changes = try Domain.register(caller.user, caller.profile, in: transaction.reads)
        if !changes.isEmpty {
            try transaction.apply(changes)
            isStoring = true
        }
        state.registered[caller.user] = caller.profile
    }

    private mutating func append(
        _ happenings: [Happening], _ transaction: inout SQLiteTransaction
    ) throws {
        guard !happenings.isEmpty else { return }
        envelopes += try transaction.append(happenings, at: moment.at)
        isStoring = true
        for happening in happenings {
            switch happening.event {
            case .messageCreated(_, let expiresAt?): state.nextDue = min(state.nextDue ?? expiresAt, expiresAt)
            case .messageDeleted: state.mayHaveUnreferred = true
            case .blockAdded(let by, let user), .blockRemoved(let by, let user):
                finished.presence.append(.block(record.tenant, by, user))
            default: break
            }
        }
    }

    private mutating func tell(_ ended: [Typist], _ transaction: SQLiteTransaction) throws {
        for typist in ended {
            guard let happening = try typist.ended(in: transaction.reads) else { continue }
            envelopes.append(Envelope(happening, at: moment.at, after: transaction.nextOffset - 1))
        }
    }

    private mutating func answer(_ outcome: Result<Answered, Refusal>, _ commission: Commission<some Sendable>) {
        finished.reply(outcome, to: commission)
        let code: Refusal.Code? = if case .failure(let refusal) = outcome { refusal.code } else { nil }
        outcomes.append((commission.op, code))
    }
}

extension Envelope {
    /// Of an event that is stored nowhere.
    init(_ happening: Happening, at: Timestamp, after: UInt64) {
        self.init(
            offset: 0, durability: happening.event.durability, after: after, scope: happening.scope,
            effect: happening.effect, except: happening.except, hiddenFor: happening.hiddenFor,
            json: happening.event.json(offset: nil, at: at))
    }
}
