import Foundation
import GRDB

@testable import SQLiteStore

extension Acme {
    static func permissions(of path: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    /// As Latin-1, so that every byte is a character.
    static func contents(of path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .isoLatin1) }
    }
}

extension SQLiteTransaction {
    func pragma(_ name: String) throws -> Int? { try Int.fetchOne(database, sql: "PRAGMA \(name)") }

    /// - Returns: how many pages the file may have now: never fewer than it has.
    func limitPages(to pages: Int) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages)") ?? 0
    }
}
