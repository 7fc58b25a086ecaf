internal import Bus
internal import Synchronization

/// The way from the network's thread back to the bus thread, which is made after it.
final class Exit: Sendable {
    private let port = Mutex<BusPort<NotifierDriver.Input>?>(nil)

    func open(_ port: BusPort<NotifierDriver.Input>) { self.port.withLock { $0 = port } }

    /// Nothing is refused while the thread lives: fewer requests are under way than its queue takes.
    func tell(_ input: NotifierDriver.Input) { _ = port.withLock { $0 }?.send(input) }
}
