internal import NIOCore
internal import Wire

/// One event as a reader by HTTP gets it: the router's own bytes.
struct GivenEvent: Equatable {
    /// 0 for state and ephemeral events.
    let offset: UInt64
    let json: ByteBuffer

    init(offset: UInt64, json: ByteBuffer) {
        self.offset = offset
        self.json = json
    }

    init(_ event: CatchUpPage.Event) { self.init(offset: event.offset, json: ByteBuffer(bytes: event.json)) }

    init(state json: [UInt8]) { self.init(offset: 0, json: ByteBuffer(bytes: json)) }
}
