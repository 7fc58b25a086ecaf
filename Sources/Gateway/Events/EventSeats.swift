internal import Synchronization

/// How many readers by HTTP a gateway has, and may have.
final class EventSeats: Sendable {
    private let seatsMax: Int
    private let taken = Atomic<Int>(0)

    init(seatsMax: Int) { self.seatsMax = seatsMax }

    /// False where there is none left.
    func take() -> Bool {
        guard taken.wrappingAdd(1, ordering: .relaxed).oldValue >= seatsMax else { return true }
        giveBack()
        return false
    }

    func giveBack() { taken.wrappingSubtract(1, ordering: .relaxed) }
}
