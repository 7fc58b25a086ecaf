public import Wire

/// Who is here in one tenant, and who is to hear of it: input and both clocks in, whose presence is to be told out.
///
/// What is told of a person lags behind what is so, by `changeDelay` or, for going, `goneDelay`, and comes at most once
/// in `interval`: whoever is back by then, or was only changing clients, was never away. A holder is who vouches for
/// people, a gateway's link: what it said holds until it says otherwise, and a lease beyond its end.
public struct Presences<Holder: Hashable & Sendable>: Sendable {
    /// What somebody last said over HTTP.
    private struct Visit {
        let attendance: Attendance
        var until: ContinuousClock.Instant
    }

    private struct Shown: Equatable {
        var status = Presence.Status.offline
        var text: String?
    }

    private struct Pending {
        /// Since when what is so differs from what is shown.
        let since: ContinuousClock.Instant
        let at: Timestamp
    }

    private struct Person {
        var held: [Holder: Attendance] = [:]
        var visit: Visit?
        var watchers: Set<Holder> = []
        var shown = Shown()
        var pending: Pending?
        var toldAt: ContinuousClock.Instant?

        var isPolling: Bool { held.values.contains(where: \.isPolling) }
        /// Not there at all: whoever hides is.
        var isGone: Bool { held.isEmpty && visit == nil }
        var isOfNoMore: Bool {
            isGone && watchers.isEmpty && pending == nil && shown.status == .offline
        }

        /// What is so.
        var actual: Shown {
            guard var all = held.values.first ?? visit?.attendance else { return Shown() }
            for attendance in held.values { all = all.joined(with: attendance) }
            if let visit { all = all.joined(with: visit.attendance) }
            switch all.status {
            case .online, .silent: return Shown(status: .online, text: all.text)
            case .away: return Shown(status: .away, text: all.text)
            case .invisible: return Shown()
            }
        }
    }

    private var people: [UserID: Person] = [:]
    /// Those with something pending, and those with a visit.
    private var changing: Set<UserID> = []
    private var visitors: Set<UserID> = []
    /// Holders that have ended, and until when what they said holds.
    private var leases: [Holder: ContinuousClock.Instant] = [:]
    /// Whose presence is to be told again to a holder.
    private var owed: [Holder: Set<UserID>] = [:]
    /// When people went whose going is not stored yet, and whose is being stored.
    private var leftLately: [UserID: Timestamp] = [:]
    private var leftBefore: [UserID: Timestamp] = [:]
    /// Until then holders of a former run may still come and say who is here: who is not is not told to be gone.
    private let settled: ContinuousClock.Instant
    /// Nothing is due before.
    public private(set) var nextDue: ContinuousClock.Instant?

    public init(settled: ContinuousClock.Instant) { self.settled = settled }

    public var isEmpty: Bool {
        people.isEmpty && owed.isEmpty && leases.isEmpty && leftLately.isEmpty && leftBefore.isEmpty
    }

    /// How many are shown as here.
    public var count: Int { people.values.count { $0.shown.status != .offline } }

    /// A holder says how somebody is, nil: gone.
    ///
    /// - Parameter isRenewal: it was so before this run of the router, and was told.
    public mutating func report(
        _ user: UserID, _ attendance: Attendance?, by holder: Holder, isRenewal: Bool = false, _ moment: PresenceMoment
    ) {
        guard attendance != nil || people[user] != nil else { return }
        let former = people[user]?.held.updateOrRemove(attendance, for: holder)
        if people[user] == nil, let attendance { people[user] = Person(held: [holder: attendance]) }
        if former != attendance, attendance != nil { supersedeVisit(of: user) }
        if isRenewal, moment.now < settled, people[user]?.pending == nil, people[user]?.shown.status == .offline {
            // Others know, or are told when what they are owed is.
            let actual = people[user]?.actual ?? Shown()
            people[user]?.shown = actual
        }
        touch(user, moment)
    }

    /// `presence.set` by somebody who has no connection to say it on: holds for `visitLease`, and for as long as a long
    /// poll of theirs is there. False where too many did so.
    public mutating func visit(_ user: UserID, _ set: PresenceSet, _ moment: PresenceMoment) -> Bool {
        guard visitors.contains(user) || visitors.count < PresenceTiming.visitorsMax else { return false }
        visitors.insert(user)
        let visit = Visit(attendance: Attendance(set, at: moment.at), until: moment.now + PresenceTiming.visitLease)
        people[user, default: Person()].visit = visit
        expect(visit.until)
        touch(user, moment)
        return true
    }

    public mutating func interest(_ interest: PresenceInterest, of holder: Holder) {
        switch interest.kind {
        case .begins: for user in interest.users { people[user, default: Person()].watchers.insert(holder) }
        case .goesOn:
            for user in interest.users { people[user, default: Person()].watchers.insert(holder) }
            owe(interest.users, to: holder)
        case .ends:
            for user in interest.users {
                people[user]?.watchers.remove(holder)
                owed[holder]?.remove(user)
                forgetIfOver(user)
            }
        }
    }

    /// What a holder was told may not have come: it is told again.
    public mutating func owe(_ users: [UserID], to holder: Holder) {
        guard !users.isEmpty else { return }
        owed[holder, default: []].formUnion(users)
        expect(settled)
    }

    /// The holder has ended; nobody is told of that before the lease is over, by when another may have said the same.
    public mutating func ended(_ holder: Holder, until end: ContinuousClock.Instant) {
        owed[holder] = nil
        leases[holder] = end
        expect(end)
    }

    /// Whether any holder says that the person is connected.
    public func isHeld(_ user: UserID) -> Bool { people[user]?.held.isEmpty == false }

    public func watchers(of user: UserID) -> Set<Holder> { people[user]?.watchers ?? [] }

    /// As others see the person now: whoever is shown as here is so by what they said last, though watchers are told a
    /// little later; nobody is gone, or here, before they are told so. `lastSeen` is nil where it is not in memory: the
    /// store has it.
    public func presence(of user: UserID) -> Presence {
        var shown = people[user]?.shown ?? Shown()
        if let person = people[user], shown.status != .offline, !person.held.isEmpty || person.visit != nil {
            shown = person.actual
        }
        guard shown.status == .offline else { return Presence(user: user, status: shown.status, text: shown.text) }
        return Presence(user: user, lastSeen: leftLately[user] ?? leftBefore[user])
    }

    /// What time brings: whom watchers are to be told of, and whom a holder is.
    public mutating func due(_ moment: PresenceMoment) -> [PresenceDue<Holder>] {
        guard let nextDue, nextDue <= moment.now else { return [] }
        self.nextDue = nil
        endLeases(moment)
        endVisits(moment)
        var due: [PresenceDue<Holder>] = []
        for user in changing {
            guard let person = people[user], let pending = person.pending else {
                changing.remove(user)
                continue
            }
            let told = Self.dueAt(person, pending)
            guard told <= moment.now else {
                expect(told)
                continue
            }
            changing.remove(user)
            let shown = person.actual
            if shown.status == .offline { leftLately[user] = pending.at }
            people[user]?.pending = nil
            people[user]?.shown = shown
            people[user]?.toldAt = moment.now
            if !person.watchers.isEmpty { due.append(PresenceDue(presence(of: user), to: nil)) }
            forgetIfOver(user)
        }
        return due.sorted { $0.presence.user < $1.presence.user } + owedDue(moment)
    }

    /// When those went who went since the last time: to be stored now, and kept in memory until the next.
    public mutating func takeLeft() -> [UserID: Timestamp] {
        leftBefore = leftLately
        leftLately = [:]
        return leftBefore
    }
}

// MARK: - Inside

extension Presences {
    private static func dueAt(_ person: Person, _ pending: Pending) -> ContinuousClock.Instant {
        let delay = person.isGone ? PresenceTiming.goneDelay : PresenceTiming.changeDelay
        let due = pending.since + delay
        return person.toldAt.map { max(due, $0 + PresenceTiming.interval) } ?? due
    }

    /// What is so may differ from what is shown, or no longer.
    private mutating func touch(_ user: UserID, _ moment: PresenceMoment) {
        guard var person = people[user] else { return }
        if person.actual == person.shown {
            if person.pending != nil { changing.remove(user) }
            person.pending = nil
        } else {
            let pending = person.pending.map { Pending(since: $0.since, at: moment.at) }
            let new = pending ?? Pending(since: moment.now, at: moment.at)
            person.pending = new
            changing.insert(user)
            expect(Self.dueAt(person, new))
        }
        people[user] = person
        forgetIfOver(user)
    }

    private mutating func endLeases(_ moment: PresenceMoment) {
        for (holder, end) in leases {
            guard end <= moment.now else {
                expect(end)
                continue
            }
            leases[holder] = nil
            for user in Array(people.keys) {
                people[user]?.watchers.remove(holder)
                if people[user]?.held.removeValue(forKey: holder) != nil {
                    touch(user, moment)
                } else {
                    forgetIfOver(user)
                }
            }
        }
    }

    private mutating func endVisits(_ moment: PresenceMoment) {
        for user in visitors {
            guard let person = people[user], let visit = person.visit else {
                visitors.remove(user)
                continue
            }
            if person.isPolling {
                let until = max(visit.until, moment.now + PresenceTiming.visitLease)
                people[user]?.visit?.until = until
                expect(until)
            } else if visit.until <= moment.now {
                endVisit(of: user)
                touch(user, moment)
            } else {
                expect(visit.until)
            }
        }
    }

    /// Whoever has a connection to say it on needs what was said without one no longer; but nobody is shown who hid.
    private mutating func supersedeVisit(of user: UserID) {
        guard let person = people[user], !person.isPolling, person.visit?.attendance.status != .invisible else {
            return
        }
        endVisit(of: user)
    }

    private mutating func endVisit(of user: UserID) {
        guard people[user]?.visit != nil else { return }
        people[user]?.visit = nil
        visitors.remove(user)
    }

    private mutating func owedDue(_ moment: PresenceMoment) -> [PresenceDue<Holder>] {
        guard !owed.isEmpty else { return [] }
        guard moment.now >= settled else {
            expect(settled)
            return []
        }
        let due = owed.flatMap { holder, users in
            users.sorted().map { PresenceDue(presence(of: $0), to: holder) }
        }
        owed = [:]
        return due
    }

    private mutating func expect(_ moment: ContinuousClock.Instant) { nextDue = min(nextDue ?? moment, moment) }

    private mutating func forgetIfOver(_ user: UserID) { if people[user]?.isOfNoMore == true { people[user] = nil } }
}

extension Dictionary {
    /// - Returns: the former value.
    fileprivate mutating func updateOrRemove(_ value: Value?, for key: Key) -> Value? {
        guard let value else { return removeValue(forKey: key) }
        return updateValue(value, forKey: key)
    }
}
