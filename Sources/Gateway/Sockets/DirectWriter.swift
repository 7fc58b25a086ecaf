internal import Glibc
internal import NIOCore

/// Sends straight to a socket that has nothing queued, past its channel.
///
/// A channel's queue and its promises cost about 2 µs a write, a third of what the kernel takes for it; where a
/// thousand connections get one event each, that is most of what this process spends (docs/performance.md). Whatever
/// the kernel does not take at once goes to the channel, which then is the only one to write until it is empty again.
struct DirectWriter {
    private let descriptor: CInt

    /// Nil where bytes are not sent as they are (TLS), or the channel has no socket.
    init?(_ channel: any Channel, isPlain: Bool) {
        guard isPlain else { return nil }
        let descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) { $0 }
        guard let descriptor else { return nil }
        self.descriptor = descriptor
    }

    /// On the channel's event loop, while the channel is active and has nothing queued.
    ///
    /// - Returns: how many bytes the kernel took, from 0 to all. An error counts as 0: the channel meets it too, and
    ///   knows what to do.
    func send(_ bytes: ByteBuffer) -> Int {
        bytes.withUnsafeReadableBytes { bytes in
            max(
                0,
                Glibc.send(
                    descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)))
        }
    }
}
