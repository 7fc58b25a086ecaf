import Fanout
import Gateway
import Operations
import Router
import Testing

/// `Configs/` says what the settings' tables say.
@Suite struct ConfigurationTests {
    static let tables = [
        ("gateway", GatewayProcess.table), ("router", RouterProcess.table), ("fanout", FanoutProcess.table),
    ]

    @Test(arguments: tables) func theExampleIsTheTable(process: String, table: [Setting]) throws {
        #expect(try SourceTree.text("Configs/\(process).yaml") == SettingsExample.text(table, process: process))
    }

    @Test(arguments: tables) func defaultsAreAllowed(process: String, table: [Setting]) throws {
        let settings = try Settings(table: table, process: process, requiresAll: false)
        for setting in table where setting.default != nil {
            #expect(settings.origin(setting.name) == .default)
        }
    }

    @Test(arguments: tables) func namesAreUniqueAndSpelledAlike(process: String, table: [Setting]) {
        #expect(Set(table.map(\.name)).count == table.count)
        for setting in table {
            #expect(setting.name.allSatisfy { $0 == "-" || ($0.isASCII && ($0.isLowercase || $0.isNumber)) })
            #expect(setting.help.hasSuffix("."))
        }
    }

    @Test(arguments: tables) func anUncommentedExampleSetsEveryDefault(process: String, table: [Setting]) throws {
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
