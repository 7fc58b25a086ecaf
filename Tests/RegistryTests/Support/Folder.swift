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
    static let acme = checked("acme")
    static let other = checked("other")

    private static func checked(_ text: String) -> TenantSlug {
        guard let slug = TenantSlug(text) else { preconditionFailure("\(text) is no slug") }
        return slug
    }
}

extension UserID {
    static let alice = checked("alice")
    static let bob = checked("bob")

    private static func checked(_ text: String) -> UserID {
        guard let user = UserID(text) else { preconditionFailure("\(text) is no user id") }
        return user
    }
}
