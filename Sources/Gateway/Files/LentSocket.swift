internal import Blobs
internal import Glibc
internal import NIOCore
internal import NIOSSL

/// A channel whose socket somebody else writes to for a while.
enum LentSocket {
    /// Sends a part of a file past the channel, when all that was written to it before is in the kernel's hands. Nobody may
    /// write to it meanwhile. What is on its way is cut when the channel closes.
    ///
    /// - Parameter sent: told how much more has gone out.
    /// - Returns: false where that is not possible: bytes are not sent as they are (TLS), or the channel has no socket.
    /// - Throws: where it did not come to its end.
    static func send(
        _ part: FilePart, over channel: any Channel, by sender: FileSender, sent: @escaping @Sendable (Int) -> Void
    ) async throws -> Bool {
        defer {
            channel.eventLoop.execute {
                (try? channel.pipeline.syncOperations.handler(type: ClientWatch.self))?.sending = nil
            }
        }
        return try await withCheckedThrowingContinuation { continuation in
            channel.eventLoop.execute {
                let pipeline = channel.pipeline.syncOperations
                guard (try? pipeline.context(handlerType: NIOSSLServerHandler.self)) == nil,
                    let context = try? pipeline.context(handlerType: ClientWatch.self)
                else { return continuation.resume(returning: false) }
                // Written in turn, so it succeeds after what came before.
                let isWritten = channel.eventLoop.makePromise(of: Void.self)
                isWritten.futureResult.whenComplete { result in
                    if case .failure(let error) = result { return continuation.resume(throwing: error) }
                    guard let watch = try? channel.pipeline.syncOperations.handler(type: ClientWatch.self),
                        let socket = copy(of: channel)
                    else { return continuation.resume(returning: false) }
                    let sending = Sending(part, to: socket, sent: sent) { result in
                        continuation.resume(with: result.map { true }.mapError { $0 as any Error })
                    }
                    watch.sending = sending
                    sender.send(sending)
                }
                context.writeAndFlush(NIOAny(ByteBuffer()), promise: isWritten)
            }
        }
    }

    /// A descriptor of the channel's socket of its own, while the channel is open.
    private static func copy(of channel: any Channel) -> OpenFile? {
        guard channel.isActive else { return nil }
        let pipeline = channel.pipeline.syncOperations
        let descriptor = try? pipeline.withUnsafeTransportIfAvailable(of: CInt.self) { fcntl($0, F_DUPFD_CLOEXEC, 0) }
        guard let descriptor, descriptor >= 0 else { return nil }
        return OpenFile(owning: descriptor)
    }
}
