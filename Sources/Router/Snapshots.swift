internal import Domain
internal import Operations
internal import SQLiteStore
internal import Wire

/// Answers what only reads, each from a snapshot of its tenant's file. A snapshot begins after its request came, so it
/// holds all that was acknowledged before the request was sent.
struct Snapshots: Sendable {
    /// Bounds of one replay answer, of its events and about of their bytes.
    static let replayEventsMax = Int(ReplayRequest.eventsMax)
    static let replayBytesMax = 1 << 20
    /// Rows of the log that one page looks at, so that a page of somebody whom little concerns ends too.
    private static let rowsMax = 5_000

    /// What an item led to.
    enum Outcome {
        case finished(Finished)
        /// Something is to be stored first, or the lane is to know of it.
        case lane(LaneItem)
        case nothing
    }

    let tenants: SQLiteTenants
    let board: DirectoryBoard
    let positions: Positions
    let metrics: RouterMetrics

    /// What each item led to, in their order.
    ///
    /// - Parameter items: one, or such as `join` each other.
    func answer(_ items: [ReadItem], at: Timestamp) -> [Result<Outcome, any Error>] {
        guard items.count > 1, case .catchUp(_, let first) = items.first, board.record(of: first.caller.tenant) != nil
        else { return items.map { item in Result { try answer(item, at: at) } } }
        do {
            let tenant = try tenants.tenant(first.caller.tenant)
            return try tenant.read { reads in
                items.map { item in
                    guard case .catchUp(let origin, let catchUp) = item else { return .success(.nothing) }
                    return Result { try page(catchUp, origin, epoch: tenant.epoch, reads) }
                }
            }
        } catch {
            return items.map { _ in .failure(error) }
        }
    }

    func answer(_ item: ReadItem, at: Timestamp) throws -> Outcome {
        switch item {
        case .query(let commission): try answer(commission, at: at)
        case .file(let commission): .finished(try answer(commission, at: at))
        case .presence(let commission): try answer(commission, at: at)
        case .tell(let due): .finished(try told(due))
        case .catchUp(let origin, let catchUp): try page(catchUp, origin)
        case .replay(let request, let identity): .finished(try replay(request, for: identity))
        case .position(let tenant): try position(of: tenant, at: at)
        case .visit(let tenant): try visited(tenant, at: at)
        case .push(let question, let identity): .finished(try pushed(question, for: identity))
        }
    }

    private func answer(_ commission: Commission<Query>, at: Timestamp) throws -> Outcome {
        var finished = Finished()
        do {
            let record = try admitted(commission.caller)
            let reader = try commission.reader()
            let answered: Answered? = try tenants.tenant(record.tenant).read { reads in
                guard try isRegistered(commission.caller, reads) else { return nil }
                // A query makes no event: the offset that one would get is not asked for.
                return try commission.body.answer(
                    Turn(
                        tenant: reads, reader: reader, at: at, nextOffset: 0, settings: record.settings,
                        link: record.link(to:for:until:)))
            }
            guard let answered else { return .lane(.register(commission.caller, then: .query(commission))) }
            metrics.carriedOut(commission.op, nil)
            finished.reply(.success(answered), to: commission)
        } catch let refusal as Refusal {
            finished.refuse(.query(commission), refusal, metrics)
        }
        return .finished(finished)
    }

    private func answer(_ commission: Commission<PresenceCommand>, at: Timestamp) throws -> Outcome {
        var finished = Finished()
        do {
            let record = try admitted(commission.caller)
            let reader = try commission.reader()
            let result: PresenceResult? = try tenants.tenant(record.tenant).read { reads in
                guard try isRegistered(commission.caller, reads) else { return nil }
                let turn = Turn(tenant: reads, reader: reader, at: at, nextOffset: 0, settings: record.settings)
                switch commission.body {
                case .set(let set): return .visits(commission, try set.user(turn), set)
                case .watch(let watch): return .seen(commission, try watch.answer(turn))
                }
            }
            guard let result else { return .lane(.register(commission.caller, then: .presence(commission))) }
            finished.presence.append(result)
        } catch let refusal as Refusal {
            finished.refuse(.presence(commission), refusal, metrics)
        }
        return .finished(finished)
    }

    /// Who is not registered is a member of nothing, so nobody is: a link says whom it is for, not who uses it.
    private func answer(_ commission: FileCommission, at: Timestamp) throws -> Finished {
        var finished = Finished()
        do {
            guard case .open(let id) = commission.request else { throw Refusal(.internal) }
            let record = try admitted(commission.caller)
            let reader = try commission.reader()
            let file = try tenants.tenant(record.tenant).read { reads in
                try Turn(tenant: reads, reader: reader, at: at, nextOffset: 0, settings: record.settings).file(id)
            }
            finished.answer(.file(file), to: commission, metrics)
        } catch let refusal as Refusal {
            finished.answer(.refused(refusal), to: commission, metrics)
        }
        return finished
    }

    private func told(_ due: PresenceBook.Due) throws -> Finished {
        var finished = Finished()
        guard board.record(of: due.tenant) != nil else { return finished }
        let news = try tenants.tenant(due.tenant).read { reads in try due.tellings.map { try $0.news(in: reads) } }
        finished.presence.append(.news(due.tenant, news, link: due.link))
        return finished
    }

    private func page(_ catchUp: CatchUp, _ origin: Origin) throws -> Outcome {
        guard board.record(of: catchUp.caller.tenant) != nil else {
            return refused(catchUp, origin, .notFound)
        }
        let tenant = try tenants.tenant(catchUp.caller.tenant)
        return try tenant.read { reads in try page(catchUp, origin, epoch: tenant.epoch, reads) }
    }

    private func page(
        _ catchUp: CatchUp, _ origin: Origin, epoch: String, _ reads: SQLiteReads
    ) throws -> Outcome {
        do {
            _ = try admitted(catchUp.caller)
            guard try isRegistered(catchUp.caller, reads) else {
                return .lane(.register(catchUp.caller, then: .catchUp(origin, catchUp)))
            }
            var finished = Finished()
            let page = try Self.page(catchUp, epoch: epoch, reads)
            metrics.catchUpPages.add()
            finished.answers.append((.page(id: origin.id, page), origin.link))
            return .finished(finished)
        } catch let refusal as Refusal {
            return refused(catchUp, origin, refusal)
        }
    }

    private func refused(_ catchUp: CatchUp, _ origin: Origin, _ refusal: Refusal) -> Outcome {
        var finished = Finished()
        finished.refuse(.catchUp(origin, catchUp), refusal, metrics)
        return .finished(finished)
    }

    /// Whether what the caller's token says of them is stored: a user exists from the first token seen.
    private func isRegistered(_ caller: Caller, _ reads: SQLiteReads) throws -> Bool {
        try caller.role == .service || register(caller.user, caller.profile, in: reads).isEmpty
    }

    private static func page(_ catchUp: CatchUp, epoch: String, _ reads: SQLiteReads) throws -> CatchUpPage {
        let caller = catchUp.caller
        let newest = try reads.newestOffset
        let user = try reads.user(caller.user) ?? User(id: caller.user, name: caller.profile.name ?? caller.user.text)
        // A service needs no list: it gets everything.
        func conversations() throws -> [ConversationID] {
            caller.role == .service ? [] : try reads.conversationIDs(of: caller.user)
        }
        guard let since = catchUp.since, catchUp.epoch == epoch, since <= newest, try reads.oldestOffset <= since + 1
        else {
            return CatchUpPage(
                epoch: epoch, newest: newest, reached: newest, resumed: false, complete: true, user: user, events: [],
                states: [], conversations: try conversations())
        }
        let missed = try reads.catchUp(
            user: caller.user, service: caller.role == .service, since: since, eventsMax: Int(catchUp.eventsMax),
            bytesMax: Int(catchUp.bytesMax), rowsMax: rowsMax)
        let statesSince = catchUp.statesSince ?? since
        return CatchUpPage(
            epoch: epoch, newest: newest, reached: missed.reached, resumed: true, complete: missed.complete, user: user,
            events: missed.events,
            states: missed.complete
                ? try reads.changedStates(of: caller.role == .service ? nil : caller.user, since: statesSince) : [],
            conversations: missed.complete ? try conversations() : [])
    }

    private func replay(_ request: ReplayRequest, for identity: [UInt8]) throws -> Finished {
        var finished = Finished()
        finished.replays.append((try replayed(request), identity))
        metrics.replays.add()
        return finished
    }

    private func replayed(_ request: ReplayRequest) throws -> ReplayAnswer {
        guard board.record(of: request.tenant) != nil, request.from >= 1, request.from <= request.to else {
            return .unavailable(id: request.id)
        }
        let tenant = try tenants.tenant(request.tenant)
        return try tenant.read { reads in
            guard request.from <= (try reads.newestOffset) else { return .unavailable(id: request.id) }
            let oldest = try reads.oldestOffset
            guard request.from >= oldest else { return .gone(id: request.id, oldest: oldest) }
            let envelopes = try reads.replay(
                from: request.from, to: request.to, limit: Self.replayEventsMax, bytesMax: Self.replayBytesMax)
            guard !envelopes.isEmpty else { return .unavailable(id: request.id) }
            metrics.replayedEvents.add(envelopes.count)
            let pack = EventPack(tenant: request.tenant, epoch: tenant.epoch, envelopes: envelopes)
            return .events(id: request.id, pack)
        }
    }

    /// Who has a connection is for the bus thread to say.
    private func pushed(_ question: PushQuestion, for identity: [UInt8]) throws -> Finished {
        var finished = Finished()
        var answer = PushAnswer.audience(id: question.id, nil, next: nil)
        if let record = board.record(of: question.tenant), record.state == .active {
            var (audience, next) = try tenants.tenant(question.tenant).read { reads in
                try reads.pushAudience(of: question.message, after: question.after, limit: PushQuestion.recipientsMax)
            }
            audience?.recipients.removeAll { !record.admits($0.user) }
            answer = .audience(id: question.id, audience, next: next)
        }
        finished.pushes.append((question.tenant, answer, identity))
        metrics.pushQuestions.add()
        return finished
    }

    private func position(of slug: TenantSlug, at: Timestamp) throws -> Outcome {
        guard board.record(of: slug) != nil else { return .nothing }
        let tenant = try tenants.tenant(slug)
        let (newest, due) = try tenant.read { reads in
            (try reads.newestOffset, try reads.hasUnreferredContents() ? at : try reads.nextExpiry())
        }
        positions.found(Heartbeat.Position(tenant: slug, epoch: tenant.epoch, offset: newest))
        return due.map { .lane(.due(slug, $0)) } ?? .nothing
    }

    /// Where nothing runs out the file is not kept open: nobody wants it.
    private func visited(_ slug: TenantSlug, at: Timestamp) throws -> Outcome {
        guard !positions.contains(slug), tenants.exists(slug) else { return .nothing }
        let outcome = try position(of: slug, at: at)
        if case .nothing = outcome { tenants.letGo(slug) }
        return outcome
    }

    private func admitted(_ caller: Caller) throws(Refusal) -> TenantRecord {
        guard let record = board.record(of: caller.tenant) else { throw .notFound }
        guard record.admits(caller.user) else { throw .forbidden }
        return record
    }
}
