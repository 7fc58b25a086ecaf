internal import Wire

/// Who waits for which answer, on one event loop.
///
/// An id carries its loop, so that the bus thread knows where an answer belongs without asking.
struct Pending<Waiter> {
    /// The upper byte of an id is its loop's number.
    static var loopShift: UInt64 { 56 }

    private let loop: UInt64
    private var last: UInt64 = 0
    private var waiters: [UInt64: (waiter: Waiter, tenant: TenantSlug?, bytes: Int)] = [:]
    /// Of all requests that wait.
    private(set) var bytes = 0

    /// - Parameter loop: 0 to 255.
    init(loop: Int) { self.loop = UInt64(loop & 0xFF) << Self.loopShift }

    var count: Int { waiters.count }

    /// - Parameters:
    ///   - tenant: in whose share the request is.
    ///   - size: about what the request takes until it is answered.
    /// - Returns: the id to ask under; never one that was given before.
    mutating func add(_ waiter: Waiter, of tenant: TenantSlug? = nil, bytes size: Int = 0) -> UInt64 {
        add(of: tenant, bytes: size) { _ in waiter }
    }

    /// The same for a waiter that knows the id.
    mutating func add(of tenant: TenantSlug? = nil, bytes size: Int = 0, _ waiter: (UInt64) -> Waiter) -> UInt64 {
        last += 1
        let id = loop | last
        waiters[id] = (waiter(id), tenant, size)
        bytes += size
        return id
    }

    /// Whose answer this is; nil where nobody waits any longer.
    mutating func take(_ id: UInt64) -> (waiter: Waiter, tenant: TenantSlug?)? {
        guard let (waiter, tenant, size) = waiters.removeValue(forKey: id) else { return nil }
        bytes -= size
        return (waiter, tenant)
    }

    static func loop(of id: UInt64) -> Int { Int(id >> loopShift) }
}
