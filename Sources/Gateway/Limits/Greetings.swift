internal import Synchronization

/// How many WebSockets of each address have not said a valid `hello` yet: what an attacker without a token can hold.
final class Greetings: Sendable {
    let perAddressMax: Int
    private let counts = Mutex<[String: Int]>([:])

    init(perAddressMax: Int) { self.perAddressMax = perAddressMax }

    /// Counts one more; false where the address has too many.
    func begin(_ address: String) -> Bool {
        counts.withLock { counts in
            let count = counts[address, default: 0]
            guard count < perAddressMax else { return false }
            counts[address] = count + 1
            return true
        }
    }

    func end(_ address: String) {
        counts.withLock { counts in
            guard let count = counts[address] else { return }
            counts[address] = count > 1 ? count - 1 : nil
        }
    }

    var count: Int { counts.withLock { $0.values.reduce(0, +) } }
}
