internal import Wire

/// A command's reply as the router made it.
struct RouterReply: Sendable {
    /// Nil where the command was carried out.
    let code: Refusal.Code?
    let json: [UInt8]
}
