internal import GRDB
internal import Registry
internal import Wire

/// What the registry no longer has is not kept here either.
enum Forgetting {
    static func apply(_ known: RegistryNames, in database: Database) throws {
        for id in try String.fetchAll(database, sql: "SELECT DISTINCT webhook FROM dead")
        where !known.webhooks.contains(id) {
            try database.execute(sql: "DELETE FROM dead WHERE webhook = ?", arguments: [id])
        }
        for row in try Row.fetchAll(database, sql: "SELECT DISTINCT target, tenant FROM line") {
            let target: String = row[0]
            let tenant: String = row[1]
            // Origins of push services are not webhooks' ids, and tenants share them.
            if target.hasPrefix("wh_") {
                if !known.webhooks.contains(target) { try DeliveryRows.forget(target: target, in: database) }
            } else if !known.tenants.contains(tenant) {
                try database.execute(
                    sql: "DELETE FROM delivery WHERE line IN (SELECT id FROM line WHERE target = ? AND tenant = ?)",
                    arguments: [target, tenant])
                try database.execute(
                    sql: "DELETE FROM line WHERE target = ? AND tenant = ?", arguments: [target, tenant])
            }
        }
    }
}
