internal import NIOCore
internal import Wire

/// The connections of one tenant on one event loop: who is in which conversation, kept right by the events themselves.
struct Audience {
    /// One user's live connections here.
    private struct Subscriber {
        let user: UserID
        var slots: [Int]
        /// Where the subscriber stands in the list of each conversation.
        var places: [ConversationID: Int] = [:]
    }

    private enum Standing {
        /// Catching up; what came from this place on concerns it.
        case opening(from: Int)
        /// It had caught up to there.
        case live(since: UInt64)
    }

    private struct Connection {
        let user: UserID
        let isService: Bool
        var standing: Standing
    }

    let tenant: TenantSlug
    /// Everything up to here has been handed out on this loop.
    private(set) var cursor: UInt64 = 0
    private var connections: [Int: Connection] = [:]
    private var subscribers: [Subscriber?] = []
    private var freeSubscribers: [Int] = []
    private var numbers: [UserID: Int] = [:]
    private var members: [ConversationID: [Int]] = [:]
    private var services: [Int] = []
    /// Of live connections that caught up beyond `cursor`.
    private var positions: [Int: UInt64] = [:]
    /// The farthest that any connection had caught up to when it went live.
    private var newestLive: UInt64 = 0
    private var openings = 0
    private var held = HeldEvents()

    init(tenant: TenantSlug) { self.tenant = tenant }

    var isEmpty: Bool { connections.isEmpty }
    var slots: [Int] { Array(connections.keys) }
    var heldCount: Int { held.count }

    mutating func open(_ slot: Int, _ caller: Caller) {
        connections[slot] = Connection(
            user: caller.user, isService: caller.role == .service, standing: .opening(from: held.end))
        openings += 1
    }

    /// The connection has caught up to `reached`, where it was in these conversations.
    ///
    /// - Parameter states: what it was told of cursors, as they were when the page was read.
    /// - Returns: what came meanwhile; nil where some of that is lost and has to be caught up on too.
    mutating func complete(
        _ slot: Int, reached: UInt64, _ conversations: [ConversationID], states: [[UInt8]] = []
    ) -> [CatchUpPage.Event]? {
        guard let connection = connections[slot], case .opening(let start) = connection.standing else { return [] }
        guard let events = held.events(from: start, after: reached) else {
            connections[slot]?.standing = .opening(from: held.end)
            return nil
        }
        var current = Set(conversations)
        var given: [CatchUpPage.Event] = []
        // The bus may be slower than the page: what comes on it can be from before the page was read.
        let told = CursorMarks(states)
        for event in events {
            if event.durability != .durable, event.after < reached || told.cover(event.json) { continue }
            let json = connection.isService ? event.json : Self.json(of: event, for: connection.user, in: &current)
            if let json { given.append(CatchUpPage.Event(offset: event.offset, json: json)) }
        }
        connections[slot]?.standing = .live(since: reached)
        newestLive = max(newestLive, reached)
        endOpening()
        if reached > cursor { positions[slot] = reached }
        if connection.isService {
            services.append(slot)
        } else if let number = numbers[connection.user] {
            subscribers[number]?.slots.append(slot)
        } else {
            let number = addSubscriber(Subscriber(user: connection.user, slots: [slot]))
            for conversation in current { join(number, conversation) }
        }
        return given
    }

    mutating func close(_ slot: Int) {
        guard let connection = connections.removeValue(forKey: slot) else { return }
        positions[slot] = nil
        if case .opening = connection.standing {
            endOpening()
        } else if connection.isService {
            services.removeAll { $0 == slot }
        } else if let number = numbers[connection.user] {
            subscribers[number]?.slots.removeAll { $0 == slot }
            if subscribers[number]?.slots.isEmpty == true { removeSubscriber(number) }
        }
    }

    /// Up to where a live connection has everything; nil while it catches up.
    func mark(_ slot: Int) -> UInt64? {
        guard let connection = connections[slot], case .live = connection.standing else { return nil }
        return max(cursor, positions[slot] ?? 0)
    }

    /// Hands out events that have come in order.
    ///
    /// - Parameter cursor: of the tenant after them.
    mutating func dispatch(_ events: [Envelope], cursor: UInt64, into dispatch: inout Dispatch) {
        if openings > 0 { held.append(events) }
        if !numbers.isEmpty || !services.isEmpty { give(events, &dispatch) }
        dispatch.finish(positions: positions)
        self.cursor = max(self.cursor, cursor)
        if !positions.isEmpty { positions = positions.filter { $0.value > self.cursor } }
    }

    private mutating func endOpening() {
        openings -= 1
        if openings == 0 { held.clear() }
    }
}

// MARK: - Who gets what

extension Audience {
    private mutating func give(_ events: [Envelope], _ dispatch: inout Dispatch) {
        guard events.count > 1 else {
            if let event = events.first { give(event, order: 0, &dispatch) }
            return
        }
        // Events of one conversation that all its members get alike are joined; nil: some are for some only.
        var joint: [ConversationID: [Int]?] = [:]
        for (order, event) in events.enumerated() {
            guard case .conversation(let conversation) = event.scope else { continue }
            if !event.isPlain || isLate(event) {
                joint[conversation] = .some(nil)
            } else if let orders = joint[conversation, default: []] {
                joint[conversation] = orders + [order]
            }
        }
        for (order, event) in events.enumerated() {
            guard case .conversation(let conversation) = event.scope, let orders = joint[conversation] ?? nil else {
                give(event, order: order, &dispatch)
                continue
            }
            guard orders.first == order else { continue }
            guard members[conversation] != nil || !services.isEmpty else { continue }
            let item = dispatch.add(orders.map { (order: $0, offset: events[$0].offset, json: events[$0].json) })
            give(item, to: conversation, &dispatch)
            // A service gets no ephemeral events, so it may need fewer than the members.
            if orders.allSatisfy({ events[$0].durability != .ephemeral }) {
                giveServices(item, &dispatch)
            } else {
                for order in orders { giveServices(events[order], order: order, &dispatch) }
            }
        }
    }

    private mutating func give(_ event: Envelope, order: Int, _ dispatch: inout Dispatch) {
        var made: Int?
        func item(_ dispatch: inout Dispatch) -> Int {
            if let made { return made }
            let number = dispatch.add(CollectionOfOne((order: order, offset: event.offset, json: event.json)))
            made = number
            return number
        }
        switch event.scope {
        case .system:
            for case .some(let subscriber) in subscribers {
                for slot in subscriber.slots where !isOld(event, for: slot) { dispatch.give(item(&dispatch), to: slot) }
            }
        case .user(let user):
            if let number = numbers[user], let subscriber = subscribers[number] {
                for slot in subscriber.slots where !isOld(event, for: slot) { dispatch.give(item(&dispatch), to: slot) }
            }
        case .conversation(let conversation):
            if case .joins(let users) = event.effect {
                for user in users {
                    if let number = numbers[user] { join(number, conversation) }
                }
            }
            if members[conversation] != nil {
                let number = item(&dispatch)
                if event.except.isEmpty, event.hiddenFor.isEmpty, !isLate(event) {
                    give(number, to: conversation, &dispatch)
                } else {
                    give(event, number, order: order, to: conversation, &dispatch)
                }
            }
            if case .leaves(let users) = event.effect {
                for user in users {
                    if let number = numbers[user] { leave(number, conversation) }
                }
            }
        }
        guard event.durability != .ephemeral, !services.isEmpty else { return }
        for slot in services where !isOld(event, for: slot) { dispatch.give(item(&dispatch), to: slot) }
    }

    private func give(_ item: Int, to conversation: ConversationID, _ dispatch: inout Dispatch) {
        for number in members[conversation] ?? [] {
            guard let slots = subscribers[number]?.slots else { continue }
            for slot in slots { dispatch.give(item, to: slot) }
        }
    }

    /// To those members that may see it, and its hidden twin to those who block its author.
    private func give(
        _ event: Envelope, _ item: Int, order: Int, to conversation: ConversationID, _ dispatch: inout Dispatch
    ) {
        let except = Set(event.except)
        let hiddenFor = Set(event.hiddenFor)
        var twin: Int?
        for number in members[conversation] ?? [] {
            guard let subscriber = subscribers[number], !except.contains(subscriber.user) else { continue }
            var given = item
            if hiddenFor.contains(subscriber.user) {
                given =
                    twin ?? dispatch.add(CollectionOfOne((order: order, offset: event.offset, json: event.hidden)))
                twin = given
            }
            for slot in subscriber.slots where !isOld(event, for: slot) { dispatch.give(given, to: slot) }
        }
    }

    /// Whether it has no offset and happened before somebody here had caught up: the bus may be slower than a page.
    private func isLate(_ event: Envelope) -> Bool { event.durability != .durable && event.after < newestLive }

    /// Whether it happened before the connection had caught up: who is a member and who is blocked was otherwise then,
    /// and what a state event told the page has told as it is by now.
    private func isOld(_ event: Envelope, for slot: Int) -> Bool {
        guard isLate(event), case .live(let since) = connections[slot]?.standing else { return false }
        return event.after < since
    }

    private func giveServices(_ item: Int, _ dispatch: inout Dispatch) {
        for slot in services { dispatch.give(item, to: slot) }
    }

    private func giveServices(_ event: Envelope, order: Int, _ dispatch: inout Dispatch) {
        guard event.durability != .ephemeral, !services.isEmpty else { return }
        giveServices(
            dispatch.add(CollectionOfOne((order: order, offset: event.offset, json: event.json))), &dispatch)
    }

    /// What one user gets of an event, by the rules of `give`; `current` are the user's conversations at that point.
    private static func json(
        of event: Envelope, for user: UserID, in current: inout Set<ConversationID>
    ) -> [UInt8]? {
        switch event.scope {
        case .system: return event.json
        case .user(let other): return other == user ? event.json : nil
        case .conversation(let conversation):
            if case .joins(let users) = event.effect, users.contains(user) { current.insert(conversation) }
            guard current.contains(conversation) else { return nil }
            if case .leaves(let users) = event.effect, users.contains(user) { current.remove(conversation) }
            if event.except.contains(user) { return nil }
            return event.hiddenFor.contains(user) ? event.hidden : event.json
        }
    }
}

// MARK: - The index

extension Audience {
    private mutating func addSubscriber(_ subscriber: Subscriber) -> Int {
        let number: Int
        if let free = freeSubscribers.popLast() {
            number = free
            subscribers[number] = subscriber
        } else {
            number = subscribers.count
            subscribers.append(subscriber)
        }
        numbers[subscriber.user] = number
        return number
    }

    private mutating func removeSubscriber(_ number: Int) {
        guard let subscriber = subscribers[number] else { return }
        for conversation in subscriber.places.keys { leave(number, conversation) }
        numbers[subscriber.user] = nil
        subscribers[number] = nil
        freeSubscribers.append(number)
    }

    private mutating func join(_ number: Int, _ conversation: ConversationID) {
        guard subscribers[number]?.places[conversation] == nil else { return }
        let place = members[conversation]?.count ?? 0
        members[conversation, default: []].append(number)
        subscribers[number]?.places[conversation] = place
    }

    /// The last of the list takes the freed place, so that leaving costs the same in a crowd.
    private mutating func leave(_ number: Int, _ conversation: ConversationID) {
        guard let place = subscribers[number]?.places.removeValue(forKey: conversation),
            let last = members[conversation]?.popLast()
        else { return }
        if last != number {
            members[conversation]?[place] = last
            subscribers[last]?.places[conversation] = place
        }
        if members[conversation]?.isEmpty == true { members[conversation] = nil }
    }
}

extension Envelope {
    /// All members get it alike, and it changes nobody's membership.
    fileprivate var isPlain: Bool { effect == .none && except.isEmpty && hiddenFor.isEmpty }
}
