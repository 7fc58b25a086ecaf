internal import NIOCore
internal import Synchronization
internal import Wire

/// Hands inputs to one event loop, in one hop for a batch, and knows how much it has not taken yet.
final class LoopPort: Sendable {
    private let loop: NIOLoopBound<GatewayLoop>
    private let backlog = Atomic<Int>(0)

    init(_ loop: NIOLoopBound<GatewayLoop>) { self.loop = loop }

    var eventLoop: any EventLoop { loop.eventLoop }

    /// Events that were handed over and not taken.
    var waiting: Int { backlog.load(ordering: .relaxed) }

    func send(_ inputs: [LoopInput]) {
        let weight = inputs.reduce(0) { $0 + $1.weight }
        backlog.wrappingAdd(weight, ordering: .relaxed)
        loop.eventLoop.execute {
            self.backlog.wrappingSubtract(weight, ordering: .relaxed)
            self.loop.value.receive(inputs)
        }
    }

    /// Runs on the loop.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable (GatewayLoop) -> EventLoopFuture<Result>
    ) -> EventLoopFuture<Result> {
        loop.eventLoop.flatSubmit { body(self.loop.value) }
    }

    func execute(_ body: @escaping @Sendable (GatewayLoop) -> Void) {
        loop.eventLoop.execute { body(self.loop.value) }
    }

    /// On the loop itself, at once.
    func runInLoop(_ body: (GatewayLoop) throws -> Void) rethrows { try body(loop.value) }
}

extension LoopInput {
    fileprivate var weight: Int {
        if case .events(_, let events, _) = self { events.count } else { 1 }
    }
}
