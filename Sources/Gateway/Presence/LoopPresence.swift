internal import NIOCore
internal import Operations
internal import Wire

/// One connection of somebody's, over whatever it goes, as it counts for their bound and their presence.
struct Attendee: Sendable {
    let user: UserID
    let tenant: TenantSlug
    let account: Account
    fileprivate let seat: Account.Seat

    var isService: Bool { seat.kind == .service }
}

/// Who is at this loop, whom they watch, and what they are told.
extension GatewayLoop {
    /// The caller is connected from now until `depart`, which is to be called once; nil where they have as many
    /// connections as the tenant allows.
    func arrive(_ caller: Caller, _ settings: TenantSettings, isPoll: Bool = false) -> Attendee? {
        let kind: Account.Kind = caller.role == .service ? .service : isPoll ? .poll : .socket
        guard
            let (account, seat, isNews) = context.accounts.connect(caller.user, in: caller.tenant, settings, as: kind)
        else { return nil }
        if isNews { outbox.put(.attendance(of: caller.user, in: caller.tenant)) }
        return Attendee(user: caller.user, tenant: caller.tenant, account: account, seat: seat)
    }

    func depart(_ attendee: Attendee) {
        guard attendee.account.disconnect(attendee.seat) else { return }
        let news = GatewayInput.attendance(of: attendee.user, in: attendee.tenant)
        guard attendee.seat.kind == .poll else { return outbox.put(news) }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.pollGrace) { bound.value.outbox.put(news) }
    }

    /// Between two polls nobody is gone.
    private static var pollGrace: TimeAmount { .seconds(5) }

    /// `presence.set` on a socket.
    func say(_ set: PresenceSet, by attendee: Attendee) {
        let attendance = Attendance(set, at: context.wallClock())
        guard attendee.account.say(attendance, on: attendee.seat) else { return }
        outbox.put(.attendance(of: attendee.user, in: attendee.tenant))
    }

    /// `presence.watch` on a socket: the router is told first whom to tell of, so that nothing falls between its answer
    /// and what comes after. False where too much waits already.
    func watch(
        _ json: [UInt8], _ caller: Caller, _ users: [UserID], as viewer: UserID?, ref: String?,
        for handler: ConnectionHandler
    ) -> Bool {
        guard hasRoom(for: .presenceWatch) else { return false }
        let id = pending.add(bytes: json.count) { id in
            let watch = Watchers.Watch(tenant: caller.tenant, viewer: viewer, users: users, request: id)
            return .watch(slot: handler.slot, serial: handler.serial, watch, ref: ref, since: now)
        }
        outbox.put(.interest(users, in: caller.tenant))
        outbox.put(.ask(id: id, .command(id: id, caller: caller, json: json)))
        return true
    }

    /// - Parameter handler: nil where the connection is gone.
    func watched(_ watch: Watchers.Watch, isGranted: Bool, _ handler: ConnectionHandler?) {
        guard let handler, isGranted else { return lose(watch) }
        lose(watchers.put(watch, at: handler.slot))
    }

    func unwatch(_ handler: any Subscriber) {
        if let watch = watchers.remove(handler.slot) { lose(watch) }
    }

    /// Tells those who watch, all but whoever is behind: these are told of the next change.
    func tell(_ news: [PresenceNews], of tenant: TenantSlug) {
        for piece in news {
            let slots = watchers.slots(for: piece, in: tenant)
            guard !slots.isEmpty else { continue }
            let frame = WebSocketFrame.text(piece.json)
            for slot in slots {
                guard let handler = socket(at: slot) else { continue }
                (handler.tell(frame) ? context.metrics.presenceTold : context.metrics.presenceShed).add()
            }
        }
    }

    private func lose(_ watch: Watchers.Watch) {
        if !watch.users.isEmpty { outbox.put(.interestEnds(watch.users, in: watch.tenant)) }
    }
}
