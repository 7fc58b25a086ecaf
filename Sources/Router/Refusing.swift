internal import Operations
internal import Wire

extension Finished {
    /// Refuses what found no room.
    mutating func shed(_ item: LaneItem, _ metrics: RouterMetrics) {
        metrics.shed(item.load.precedence)
        refuse(item, Intake.overloaded, metrics)
    }

    mutating func shed(_ item: ReadItem, _ metrics: RouterMetrics) {
        metrics.shed(item.load.precedence)
        refuse(item, Intake.overloaded, metrics)
    }

    /// Answers and counts what is not carried out; nothing where nobody waits for it.
    mutating func refuse(_ item: LaneItem, _ refusal: Refusal, _ metrics: RouterMetrics) {
        switch item {
        case .write(let commission): refuse(commission, refusal, metrics)
        case .signal(let commission): refuse(commission, refusal, metrics)
        case .file(let commission): answer(.refused(refusal), to: commission, metrics)
        case .register(_, let item): refuse(item, refusal, metrics)
        // Typing ends by itself after 6 s, and a lane looks for what is due itself; the directory's thread comes again
        // with what is its own.
        case .gone, .due, .updated, .keepUp, .erase, .removed: break
        // Said again when the push service says it again.
        case .pushEnded: break
        case .seen(_, let left): metrics.lastSeenDropped.add(left.count)
        }
    }

    mutating func refuse(_ item: ReadItem, _ refusal: Refusal, _ metrics: RouterMetrics) {
        switch item {
        case .query(let commission): refuse(commission, refusal, metrics)
        case .presence(let commission): refuse(commission, refusal, metrics)
        case .file(let commission): answer(.refused(refusal), to: commission, metrics)
        case .tell(let due): presence.append(.untold(due))
        case .catchUp(let origin, _): answers.append((.refusedPage(id: origin.id, refusal.code), origin.link))
        case .replay(let request, let identity): replays.append((.unavailable(id: request.id), identity))
        case .push(let question, let identity):
            pushes.append((question.tenant, .unavailable(id: question.id), identity))
        // Asked again before the next heartbeat, and in the next round.
        case .position, .visit: break
        }
    }

    private mutating func refuse(
        _ commission: Commission<some Sendable>, _ refusal: Refusal, _ metrics: RouterMetrics
    ) {
        metrics.carriedOut(commission.op, refusal.code)
        reply(.failure(refusal), to: commission)
    }
}
