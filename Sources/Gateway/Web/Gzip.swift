internal import CZlib

/// Compression of what is made once and sent often (RFC 1952).
enum Gzip {
    /// As small as zlib can; nil where that is not smaller.
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        let capacity = Int(parley_gzip_bound(UInt(bytes.count)))
        let small = [UInt8](unsafeUninitializedCapacity: capacity) { room, count in
            count = Int(parley_gzip(bytes, UInt(bytes.count), room.baseAddress, UInt(capacity)))
        }
        return small.isEmpty || small.count >= bytes.count ? nil : small
    }
}
