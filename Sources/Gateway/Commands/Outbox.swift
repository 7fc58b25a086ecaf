internal import Bus
internal import NIOCore
internal import Operations

/// What one event loop has for the bus thread: it leaves together, once the loop has read what there is to read. Never
/// leaves its loop.
final class Outbox {
    /// What the queue to the bus thread takes at once; it has room for many times as much.
    private static let inputsPerSend = 1_024
    /// How soon a full queue is tried again.
    private static let retry: TimeAmount = .milliseconds(5)

    private let eventLoop: any EventLoop
    private let full: Counter
    private var port: BusPort<GatewayInput>?
    private var inputs: [GatewayInput] = []
    private var isScheduled = false

    /// - Parameter full: counts the times that the queue had no room.
    init(_ eventLoop: any EventLoop, full: Counter) {
        self.eventLoop = eventLoop
        self.full = full
    }

    func open(_ port: BusPort<GatewayInput>) { self.port = port }

    func put(_ input: GatewayInput) {
        inputs.append(input)
        guard !isScheduled else { return }
        isScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.send() }
    }

    private func send() {
        isScheduled = false
        var start = 0
        while start < inputs.count {
            let end = min(start + Self.inputsPerSend, inputs.count)
            guard port?.send(Array(inputs[start..<end])) == true else {
                full.add()
                break
            }
            start = end
        }
        inputs.removeFirst(start)
        guard !inputs.isEmpty else { return }
        // Nothing is lost: the bounds on connections and on what waits for an answer bound what can gather here.
        isScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.retry) { bound.value.send() }
    }
}
