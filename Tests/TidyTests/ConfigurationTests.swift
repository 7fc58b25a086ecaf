import Fanout
import Gateway
import Notifier
import Operations
import Router
import Testing

/// `Configs/` says what the settings' tables say.
@Suite struct ConfigurationTests {
    static let tables = [
        "gateway": GatewayProcess.table, "router": RouterProcess.table, "fanout": FanoutProcess.table,
        "notifier": NotifierProcess.table,
    ]
    static let processes = tables.keys.sorted()

    private func table(_ process: String) throws -> [Setting] { try #require(Self.tables[process]) }

    @Test(arguments: processes) func theExampleIsTheTable(process: String) throws {
        let table = try table(process)
        #expect(try SourceTree.text("Configs/\(process).yaml") == SettingsExample.text(table, process: process))
    }

    @Test(arguments: processes) func defaultsAreAllowed(process: String) throws {
        let table = try table(process)
        let settings = try Settings(table: table, process: process, requiresAll: false)
        for setting in table where setting.default != nil {
            #expect(settings.origin(setting.name) == .default)
        }
    }

    @Test(arguments: processes) func namesAreUniqueAndSpelledAlike(process: String) throws {
        let table = try table(process)
        #expect(Set(table.map(\.name)).count == table.count)
        for setting in table {
            #expect(setting.name.allSatisfy { $0 == "-" || ($0.isASCII && ($0.isLowercase || $0.isNumber)) })
            #expect(setting.help.hasSuffix("."))
        }
    }

    @Test(arguments: processes) func anUncommentedExampleSetsEveryDefault(process: String) throws {
        let table = try table(process)
        let text = SettingsExample.text(table, process: process).split(separator: "\n")
            .filter { $0.hasPrefix("#") && !$0.hasPrefix("# ") }.map { $0.dropFirst() }.joined(separator: "\n")
        let file = try SettingsFile(path: process, text: text)
        for setting in table {
            let value = setting.default ?? ""
            let given = file.values[setting.name] ?? []
            #expect(value.isEmpty ? !given.isEmpty : given.joined(separator: ",") == value, "\(setting.name)")
        }
    }
}
