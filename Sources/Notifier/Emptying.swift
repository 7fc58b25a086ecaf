internal import Foundation
internal import GRDB
internal import Wire

/// A message that is deleted loses its text here too: what still waits, and what has failed, is told as the log has it
/// from then on (docs/protocol.md §3).
enum Emptying {
    /// - Parameter epoch: of the offset.
    static func apply(
        _ emptied: EventPeek.Emptied, in conversation: ConversationID, epoch: String, _ database: Database
    ) throws {
        let event = "\(epoch):\(emptied.offset)"
        // Whom it has not woken yet it need not wake.
        try database.cachedStatement(sql: "DELETE FROM delivery WHERE event = ? AND kind = 1")
            .execute(arguments: [event])
        for table in ["delivery", "dead"] {
            let rows = try Row.fetchAll(
                database.cachedStatement(sql: "SELECT id, body FROM \(table) WHERE event = ?"), arguments: [event])
            for row in rows {
                let body = stub(emptied, in: conversation, of: Array(row[1] as Data))
                try database.cachedStatement(sql: "UPDATE \(table) SET body = ? WHERE id = ?")
                    .execute(arguments: [Data(body), row[0] as Int64])
            }
        }
    }

    /// `message.created` as `Event.emptied` makes it.
    private static func stub(_ emptied: EventPeek.Emptied, in conversation: ConversationID, of body: [UInt8]) -> [UInt8]
    {
        var writer = JSONWriter(capacity: 320)
        writer.beginObject()
        writer.field("event", Event.Kind.messageCreated.rawValue)
        writer.field("offset", emptied.offset)
        writer.field("conversation", conversation)
        writer.field("seq", emptied.seq)
        writer.field("at", EventPeek(body)?.at)
        writer.key("message")
        writer.beginObject()
        writer.field("id", emptied.message)
        writer.field("conversation", conversation)
        writer.field("seq", emptied.seq)
        writer.field("deleted", true)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
