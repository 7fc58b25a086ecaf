internal import Domain
internal import Operations
internal import Wire

/// Sends each request where it is carried out: what stores or signals to the lane that owns the tenant, what reads to
/// the readers. It gathers a turn's requests, so that a queue is locked once a turn; what a full queue refuses is
/// answered at once, so that nothing waits without a bound.
struct Intake {
    /// A lane works off thousands of commands a second, so that a full queue has room again well before.
    static let overloaded = Refusal.overloaded(retryAfterMs: 1_000)

    private let lanes: [WorkQueue<LaneItem>]
    private let readers: WorkQueue<ReadItem>
    private let lookUps: WorkQueue<Origin>
    private let metrics: RouterMetrics
    private var forLanes: [[LaneItem]]
    private var touchedLanes: [Int] = []
    private var forReaders: [ReadItem] = []
    private var forDirectory: [Origin] = []
    /// Answers that need neither lane nor reader.
    private var finished = Finished()

    init(
        lanes: [WorkQueue<LaneItem>], readers: WorkQueue<ReadItem>, lookUps: WorkQueue<Origin>, metrics: RouterMetrics
    ) {
        self.lanes = lanes
        self.readers = readers
        self.lookUps = lookUps
        self.metrics = metrics
        forLanes = Array(repeating: [], count: lanes.count)
    }

    mutating func add(_ request: Request, on link: LinkID) {
        switch request {
        case .command(let id, let caller, let json): add(json, from: caller, Origin(link: link, id: id))
        case .catchUp(let id, let catchUp): forReaders.append(.catchUp(Origin(link: link, id: id), catchUp))
        case .file(let id, let caller, let actingAs, let request):
            let commission = FileCommission(
                origin: Origin(link: link, id: id), caller: caller, actingAs: actingAs, request: request)
            if case .open = request { forReaders.append(.file(commission)) } else { add(LaneItem.file(commission)) }
        case .gone(let tenant, let user): add(.gone(tenant, user))
        case .lookUp(let id, _): forDirectory.append(Origin(link: link, id: id))
        // Links and the book of who is here have taken these.
        case .watch, .unwatch, .present, .interest: break
        }
    }

    mutating func add(_ item: ReadItem) { forReaders.append(item) }

    mutating func add(seen left: [UserID: Timestamp], in tenant: TenantSlug) { add(.seen(tenant, left)) }

    /// So much waits for the readers that what can wait a little had better.
    var areReadersBusy: Bool { !Precedence.presence.fits(readers.count, of: readers.capacity) }

    /// Hands everything over.
    ///
    /// - Returns: the answers to what was refused.
    mutating func flush() -> Finished {
        for lane in touchedLanes { flush(lane) }
        touchedLanes.removeAll(keepingCapacity: true)
        if !forReaders.isEmpty {
            for item in readers.offer(forReaders) { finished.shed(item, metrics) }
            forReaders.removeAll(keepingCapacity: true)
        }
        if !forDirectory.isEmpty {
            // Nothing was read: what the gateway knows is what counts, and its client may come again.
            for origin in lookUps.offer(forDirectory) {
                finished.answers.append((.lookedUp(id: origin.id), origin.link))
            }
            forDirectory.removeAll(keepingCapacity: true)
        }
        defer { finished = Finished() }
        return finished
    }

    private mutating func add(_ json: [UInt8], from caller: Caller, _ origin: Origin) {
        switch Frame.parse(json) {
        case .frame(let frame):
            func commission<Body>(_ body: Body) -> Commission<Body> {
                Commission(
                    origin: origin, caller: caller, ref: frame.ref, actingAs: frame.actingAs, op: frame.command.op,
                    body: body, bytes: json.count)
            }
            switch frame.command {
            case .write(let write): add(.write(commission(write)))
            case .signal(let signal): add(.signal(commission(signal)))
            case .query(let query): forReaders.append(.query(commission(query)))
            case .presence(let presence): forReaders.append(.presence(commission(presence)))
            case .session: finished.reply(.failure(.badRequest("op")), ref: frame.ref, to: origin)
            }
        case .refused(let ref, let refusal): finished.reply(.failure(refusal), ref: ref, to: origin)
        case .broken: finished.reply(.failure(.badRequest(nil)), ref: nil, to: origin)
        }
    }

    mutating func add(_ item: LaneItem) {
        let lane = item.tenant.lane(of: lanes.count)
        if forLanes[lane].isEmpty { touchedLanes.append(lane) }
        forLanes[lane].append(item)
    }

    private mutating func flush(_ lane: Int) {
        let queue = lanes[lane]
        var items: [LaneItem] = []
        swap(&items, &forLanes[lane])
        for item in queue.offer(items) { finished.shed(item, metrics) }
        items.removeAll(keepingCapacity: true)
        swap(&items, &forLanes[lane])
    }
}

extension TenantSlug {
    /// The lane that owns the tenant, 0 up to `count`: FNV-1a, so that it is the same in every run and a tenant that
    /// is slow in one is found in the next.
    func lane(of count: Int) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(hash % UInt64(count))
    }
}
