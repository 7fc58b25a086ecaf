internal import Wire

/// What the router has been asked and has not answered: each again after a while, for as long as it takes.
struct Questions: Equatable, Sendable {
    static let underWayMax = 64
    /// A lost question or answer is asked again then.
    static let patience: Duration = .seconds(5)
    /// After «come again».
    static let rest: Duration = .seconds(1)

    private struct Asked: Equatable {
        let question: StoredQuestion
        var again: ContinuousClock.Instant
        /// Answered, and not yet written down.
        var isAnswered = false
    }

    private var underWay: [Int64: Asked] = [:]
    private var hasMore = false

    /// Something may stand on disk that is not under way.
    mutating func mayHaveMore() { hasMore = true }

    func wantsMore(now: ContinuousClock.Instant) -> Bool {
        hasMore && underWay.count < Self.underWayMax
            || underWay.values.contains { !$0.isAnswered && $0.again <= now }
    }

    /// What is to be asked now.
    ///
    /// - Parameter stored: the oldest `underWayMax` that are on disk.
    mutating func due(from stored: [StoredQuestion], now: ContinuousClock.Instant) -> [PushQuestion] {
        hasMore = stored.count == Self.underWayMax
        // What is no longer on disk has come to its end.
        let ids = Set(stored.map(\.id))
        underWay = underWay.filter { ids.contains($0.key) }
        var due: [PushQuestion] = []
        for question in stored {
            if let asked = underWay[question.id], asked.isAnswered || asked.again > now { continue }
            underWay[question.id] = Asked(question: question, again: now + Self.patience)
            due.append(
                PushQuestion(
                    id: UInt64(clamping: question.id), tenant: question.tenant, message: question.message,
                    after: question.after))
        }
        return due
    }

    /// - Returns: what is to be written down; nil for what is to be asked again, or was answered before.
    mutating func answered(_ answer: PushAnswer, now: ContinuousClock.Instant) -> Dispatcher.Answer? {
        let id = Int64(clamping: answer.id)
        guard let asked = underWay[id], !asked.isAnswered else { return nil }
        switch answer {
        case .unavailable:
            underWay[id]?.again = now + Self.rest
            return nil
        case .audience(_, let audience, let next):
            underWay[id]?.isAnswered = true
            return Dispatcher.Answer(question: asked.question, audience: audience, next: next)
        }
    }

    mutating func settled(_ id: Int64) { underWay[id] = nil }

    /// What was answered and could not be written down is asked anew.
    mutating func forget() {
        underWay = [:]
        hasMore = true
    }
}
