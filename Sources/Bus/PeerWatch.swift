internal import CZeroMQ
public import Wire

/// A connection of a peer that has proven its key, as it stands behind one message.
public struct Peer: Hashable, Sendable {
    /// What the peer calls itself, or the router calls it. Another connection may come to bear it later.
    public let routingID: [UInt8]
    public let key: CurveKey
    /// The connection's own number, which no other ever has.
    let serial: UInt64
    let descriptor: CInt

    public init(routingID: [UInt8], key: CurveKey, serial: UInt64, descriptor: CInt) {
        self.routingID = routingID
        self.key = key
        self.serial = serial
        self.descriptor = descriptor
    }
}

/// Which connections of a `router` are gone.
///
/// A router addresses by routing id, and once a connection has ended anybody who is let in may take its id: what is sent
/// on to the id would go to them. So every connection has a number, given at its handshake, and a disconnection is told
/// by its descriptor: one that was told after the handshake is this connection's end, since a descriptor is used anew
/// only after it is closed. libzmq tells of the end before it frees the routing id.
struct PeerWatch {
    private let monitor: UnsafeMutableRawPointer
    /// By descriptor: the number that the count had when its last end was told.
    private var ends: [CInt: UInt64] = [:]
    /// Handshakes that failed: no CURVE, or a key that was refused.
    private(set) var failedHandshakes: UInt64 = 0

    private static let ended = UInt16(ZMQ_EVENT_DISCONNECTED)
    private static let failed =
        UInt16(ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) | UInt16(ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        | UInt16(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

    init(_ socket: UnsafeMutableRawPointer, number: Int, in context: UnsafeMutableRawPointer) throws(BusFailure) {
        let endpoint = "inproc://monitor-\(number)"
        guard zmq_socket_monitor(socket, endpoint, CInt(Self.ended | Self.failed)) == 0,
            let monitor = zmq_socket(context, ZMQ_PAIR)
        else { throw BusFailure.last("watch") }
        // Without a bound, since libzmq's own thread would wait at it. It is emptied at every tick, and an event comes
        // only with the end of a connection.
        var none: CInt = 0
        zmq_setsockopt(monitor, ZMQ_RCVHWM, &none, MemoryLayout<CInt>.size)
        zmq_setsockopt(monitor, ZMQ_LINGER, &none, MemoryLayout<CInt>.size)
        guard zmq_connect(monitor, endpoint) == 0 else {
            let failure = BusFailure.last("watch")
            zmq_close(monitor)
            throw failure
        }
        self.monitor = monitor
    }

    func close() { zmq_close(monitor) }

    /// Takes in what has been told so far.
    ///
    /// - Parameter number: counts on with each end, and is never used for anything else at the same value.
    mutating func update(number: inout UInt64) {
        var frame = zmq_msg_t()
        zmq_msg_init(&frame)
        defer { zmq_msg_close(&frame) }
        var isFirst = true
        while zmq_msg_recv(&frame, monitor, ZMQ_DONTWAIT) >= 0 || zmq_errno() == EINTR {
            defer { isFirst = zmq_msg_more(&frame) == 0 }
            // The event's number and its value, 16 and 32 bits in the machine's own order; the endpoint follows.
            guard isFirst, let data = zmq_msg_data(&frame), zmq_msg_size(&frame) == 6 else { continue }
            let event = data.loadUnaligned(as: UInt16.self)
            if event == Self.ended {
                number += 1
                ends[data.loadUnaligned(fromByteOffset: 2, as: CInt.self)] = number
            } else if event & Self.failed != 0 {
                failedHandshakes += 1
            }
        }
    }

    func stands(_ peer: Peer) -> Bool { (ends[peer.descriptor] ?? 0) < peer.serial }

    /// Whose message this is; nil for one that came in without a key.
    static func peer(of frame: inout zmq_msg_t, routingID: [UInt8]) -> Peer? {
        let descriptor = zmq_msg_get(&frame, ZMQ_SRCFD)
        guard descriptor >= 0, let text = zmq_msg_gets(&frame, "User-Id"),
            let (key, serial) = Zap.parse(userID: String(cString: text))
        else { return nil }
        return Peer(routingID: routingID, key: key, serial: serial, descriptor: descriptor)
    }
}
