// swift-format-ignore-file: NeverForceUnwrap
// The names in here are legal: a wrong one should end the test.

import Foundation
import Wire

/// A data directory that goes with its test.
final class Folder {
    let path = NSTemporaryDirectory() + "registry-tests-" + UUID().uuidString

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension TenantSlug {
    static let acme = TenantSlug("acme")!
    static let other = TenantSlug("other")!
}

extension UserID {
    static let alice = UserID("alice")!
    static let bob = UserID("bob")!
}
