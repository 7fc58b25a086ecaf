internal import Crypto
internal import Foundation
internal import Wire

/// What a browser is told: `{"tenant","conversation","id","seq","title","body","unread"}`, and how.
enum PushMessage {
    /// Push services take 4,096 bytes of cipher text, some less of text in practice; what is left of the words is enough
    /// for a lock screen.
    static let bytesMax = 3_000
    private static let namesMax = 200

    static func body(
        tenant: TenantSlug, message: MessageID, audience: PushAudience, recipient: PushAudience.Recipient
    ) -> [UInt8] {
        let group = audience.title.map { String($0.unicodeScalars.prefix(namesMax)) }
        let sender = String(audience.sender.unicodeScalars.prefix(namesMax))
        var text = audience.text
        while true {
            var writer = JSONWriter(capacity: 512)
            writer.beginObject()
            writer.field("tenant", tenant.text)
            writer.field("conversation", audience.conversation)
            writer.field("id", message)
            writer.field("seq", audience.seq)
            writer.field("title", group.map { "\(sender) · \($0)" } ?? sender)
            writer.field("body", text)
            writer.field("unread", recipient.unread)
            writer.endObject()
            if writer.bytes.count <= bytesMax || text.isEmpty { return writer.bytes }
            // Escapes may take six bytes for one.
            let over = writer.bytes.count - bytesMax
            text = String(text.unicodeScalars.dropLast(max(over / 6, 1)))
        }
    }

    /// The newest of a conversation takes the place of what a push service still holds of it (RFC 8030 §5.4): at most 32
    /// characters of base64url.
    static func topic(of conversation: String, in tenant: TenantSlug) -> String {
        Base64URL.text(of: Array(SHA256.hash(data: Array("\(tenant) \(conversation)".utf8)).prefix(24)))
    }
}
