internal import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// One look-up on the primary key.
    public func user(_ id: UserID) throws -> User? {
        try database.first("SELECT id, name, picture FROM user WHERE id = ?", [.user(id)]) { try $0.user() }
    }

    public func claimedProfile(of id: UserID) throws -> Profile? {
        let sql = "SELECT claimed_name, claimed_picture FROM user WHERE id = ?"
        return try database.first(sql, [.user(id)]) { Profile(name: $0.optionalText(0), picture: $0.optionalText(1)) }
    }

    /// A range of `user_word`; everything found is sorted before the limit cuts it.
    public func users(matching query: String, limit: Int) throws -> [User] {
        let query = UserWords.folded(query)
        guard !query.isEmpty else { return [] }
        // The greatest code point comes after all that begins with the query.
        let values: [Bound] = [.text(query), .text(query + "\u{10FFFF}"), .count(limit)]
        return try database.all(Self.usersByWord, values) { try $0.user() }
    }
    private static let usersByWord = """
        SELECT id, name, picture FROM user
        WHERE id IN (SELECT user FROM user_word WHERE word >= ? AND word < ?) ORDER BY folded, id LIMIT ?
        """

    /// One statement for all, each a look-up on the primary key.
    public func lastSeen(of users: [UserID]) throws -> [UserID: Timestamp?] {
        guard !users.isEmpty else { return [:] }
        // An id holds nothing that JSON would escape.
        let list = "[" + users.map { "\"\($0.text)\"" }.joined(separator: ",") + "]"
        let rows = try database.all(Self.lastSeenOfThese, [.text(list)]) {
            (try $0.user(0), $0.isNull(1) ? nil : $0.time(1))
        }
        return Dictionary(rows) { first, _ in first }
    }
    private static let lastSeenOfThese = """
        SELECT u.id, u.last_seen FROM json_each(?) AS j CROSS JOIN user AS u ON u.id = j.value
        """
}

extension SQLiteTransaction {
    /// Nothing where nobody knows the user.
    func apply(_ user: UserID, seenAt at: Timestamp) throws {
        try database.run("UPDATE user SET last_seen = ?2 WHERE id = ?1", [.user(user), .time(at)])
    }

    func apply(_ user: User, claimed: Profile) throws {
        let former = try reads.user(user.id)
        try database.run(
            Self.upsertUser,
            [
                .user(user.id), .text(user.name), .text(user.picture), .text(claimed.name), .text(claimed.picture),
                .text(UserWords.folded(user.name)),
            ])
        guard former?.name != user.name else { return }
        try database.run("DELETE FROM user_word WHERE user = ?", [.user(user.id)])
        for word in UserWords.of(user) {
            try database.run("INSERT INTO user_word (word, user) VALUES (?, ?)", [.text(word), .user(user.id)])
        }
    }
    private static let upsertUser = """
        INSERT INTO user (id, name, picture, claimed_name, claimed_picture, folded) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (id) DO UPDATE
        SET name = ?2, picture = ?3, claimed_name = ?4, claimed_picture = ?5, folded = ?6
        """
}

/// What a user is found by.
enum UserWords {
    static func folded(_ text: String) -> String { text.lowercased() }

    /// The name from each of its words on, so that a query may run over several, and the id.
    static func of(_ user: User) -> Set<String> {
        var words: Set = [folded(user.id.text)]
        let name = folded(user.name)
        var isInWord = false
        for place in name.indices {
            let isPartOfWord = name[place].isLetter || name[place].isNumber
            if isPartOfWord && !isInWord { words.insert(String(name[place...])) }
            isInWord = isPartOfWord
        }
        if !name.isEmpty { words.insert(name) }
        return words
    }
}

extension Columns {
    fileprivate func user() throws -> User { User(id: try user(0), name: text(1), picture: optionalText(2)) }
}
