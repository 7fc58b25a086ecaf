internal import Foundation
internal import Wire

/// The query of `/v1/uploads` and `/v1/files`: `conversation`, `as`, `sig`, `thumbnail`.
struct FileQuery: Equatable {
    private var items: [String: String] = [:]

    /// The first of two with one name counts; more than a dozen are left aside.
    init(_ query: String?) {
        for item in (query ?? "").split(separator: "&").prefix(12) {
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let value = String(sides[1]).removingPercentEncoding else { continue }
            if items[String(sides[0])] == nil { items[String(sides[0])] = value }
        }
    }

    subscript(name: String) -> String? { items[name] }

    /// - Throws: `bad_request`, field `conversation`.
    func conversation() throws(Refusal) -> ConversationID {
        guard let id = items["conversation"].flatMap({ ConversationID($0) }) else { throw .badRequest("conversation") }
        return id
    }

    /// Whom a service acts for.
    ///
    /// - Throws: `bad_request`, field `as`.
    func actingAs() throws(Refusal) -> UserID? {
        guard let text = items["as"] else { return nil }
        guard let user = UserID(text) else { throw .badRequest("as") }
        return user
    }

    /// The same, where the gateway itself goes by the answer: only a service acts for somebody.
    ///
    /// - Throws: `bad_request`, field `as`.
    func actingAs(for caller: Caller) throws(Refusal) -> UserID? {
        let user = try actingAs()
        guard user == nil || caller.role == .service else { throw .badRequest("as") }
        return user
    }
}
