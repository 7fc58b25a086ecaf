/// `user.get`.
public struct UserGet: Equatable, Sendable {
    public let user: UserID
    public init(user: UserID) { self.user = user }
}

/// `user.search`: by the beginning of a name's word or of an id.
public struct UserSearch: Equatable, Sendable {
    /// Trimmed; 1 to 100 code points.
    public let query: String
    /// 1 to 50.
    public let limit: Int

    public init(query: String, limit: Int = 20) {
        self.query = query
        self.limit = limit
    }
}

/// `user.update`: one's own profile; by a service with `as`, also a new user's. Nil leaves a field as it is, an empty
/// text clears it.
public struct UserUpdate: Equatable, Sendable {
    public let name: String?
    public let picture: String?

    public init(name: String? = nil, picture: String? = nil) {
        self.name = name
        self.picture = picture
    }
}

extension UserGet {
    init(_ fields: inout Fields) throws(Refusal) { user = try fields.user("user") }

    func write(to writer: inout JSONWriter) { writer.field("user", user.text) }
}

extension UserSearch {
    init(_ fields: inout Fields) throws(Refusal) {
        query = try fields.trimmedText("query", codePoints: 1...Limits.queryCodePoints)
        limit = try fields.limit(max: Limits.usersPerPage, otherwise: 20)
    }

    func write(to writer: inout JSONWriter) {
        writer.field("query", query)
        writer.field("limit", UInt64(limit))
    }
}

extension UserUpdate {
    init(_ fields: inout Fields) throws(Refusal) {
        name = try fields.optionalTrimmedText("name", codePoints: 0...Limits.nameCodePoints)
        picture = try fields.optionalTrimmedText("picture", codePoints: 0...Limits.pictureCodePoints)
    }

    func write(to writer: inout JSONWriter) {
        writer.field("name", name)
        writer.field("picture", picture)
    }
}
