internal import Crypto
internal import Foundation
internal import Wire

/// A request of a webhook, after Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` and `webhook-signature`, the
/// last `v1,` and the base64 of HMAC-SHA-256 over `<id>.<timestamp>.<body>`.
enum WebhookRequest {
    /// - Parameter seconds: since 1970.
    static func signature(id: String, seconds: Int64, body: [UInt8], secret: [UInt8]) -> String {
        var hash = HMAC<SHA256>(key: SymmetricKey(data: secret))
        hash.update(data: Array("\(id).\(seconds).".utf8))
        hash.update(data: body)
        return "v1," + Data(hash.finalize()).base64EncodedString()
    }

    static func headers(
        of delivery: Delivery, webhook: String, secret: [UInt8], version: String, now: Timestamp
    ) -> [(String, String)] {
        let seconds = now.milliseconds / 1_000
        return [
            ("content-type", "application/json"), ("user-agent", "Parley/\(version)"),
            ("webhook-id", delivery.event), ("webhook-timestamp", "\(seconds)"),
            ("webhook-signature", signature(id: delivery.event, seconds: seconds, body: delivery.body, secret: secret)),
            ("parley-tenant", delivery.tenant.text), ("parley-webhook", webhook),
        ]
    }
}

/// A webhook's secret as it is shown, and as libraries for Standard Webhooks take it.
public enum WebhookSecret {
    public static func text(of secret: [UInt8]) -> String { "whsec_" + Data(secret).base64EncodedString() }
}
