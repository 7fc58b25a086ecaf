/// Judges what receivers got of numbered messages: each must see each number from 0 once, in order.
struct Deliveries {
    private struct Receiver {
        /// The number after the highest one seen.
        var next: UInt64 = 0
        /// Numbers below `next` that have not come; few, or something is badly wrong.
        var missing: Set<UInt64> = []
    }

    private var receivers: [Receiver]
    private(set) var count: UInt64 = 0
    private(set) var doubled: UInt64 = 0
    private(set) var reordered: UInt64 = 0
    private var gaps: UInt64 = 0

    /// Beyond this a gap is only counted: memory stays bounded.
    private static let missingMax = 10_000

    init(receivers: Int) { self.receivers = Array(repeating: Receiver(), count: receivers) }

    /// True where it was the first of its number.
    @discardableResult
    mutating func got(_ number: UInt64, at receiver: Int) -> Bool {
        let next = receivers[receiver].next
        if number == next {
            receivers[receiver].next = next + 1
        } else if number > next {
            let gap = number - next
            gaps += gap
            if receivers[receiver].missing.count + Int(clamping: gap) <= Self.missingMax {
                receivers[receiver].missing.formUnion(next..<number)
            }
            receivers[receiver].next = number + 1
        } else if receivers[receiver].missing.remove(number) != nil {
            gaps -= 1
            reordered += 1
        } else {
            doubled += 1
            return false
        }
        count += 1
        return true
    }

    /// What never came, where `sent(receiver)` numbers were sent to each.
    func lost(sent: (Int) -> UInt64) -> UInt64 {
        var lost = gaps
        for (place, receiver) in receivers.enumerated() {
            let count = sent(place)
            if count > receiver.next { lost += count - receiver.next }
        }
        return lost
    }
}
