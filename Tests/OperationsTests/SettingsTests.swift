import Operations
import Testing

@Suite struct SettingsTests {
    static let table = [
        Setting("event-loops", .integer(1...64, unit: "threads"), default: "2", help: "Threads."),
        Setting("drain", .duration(.zero ... .seconds(60)), default: "5s", help: "How long."),
        Setting("listen", .address, default: "127.0.0.1:8080", help: "Where."),
        Setting("routers", .list(.endpoint), default: "", help: "Who."),
        Setting("quiet", .flag, default: "false", help: "Whether."),
        Setting("level", .choice(["low", "high"]), default: "low", help: "Which."),
        Setting("password", .secret, default: "", help: "Hidden."),
    ]

    func settings(
        flags: [String: [String]] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) throws -> Settings {
        try Settings(
            table: Self.table, process: "gateway", flags: flags, environment: environment,
            file: yaml.map { try SettingsFile(path: "gateway.yaml", text: $0) })
    }

    func failure(_ body: () throws -> Settings) -> ProcessFailure? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? ProcessFailure
        }
    }

    @Test func defaultsCountWhereNothingIsSaid() throws {
        let settings = try settings()
        #expect(settings.integer("event-loops") == 2)
        #expect(settings.duration("drain") == .seconds(5))
        #expect(settings.address("listen") == Address(host: "127.0.0.1", port: 8_080))
        #expect(settings.list("routers").isEmpty)
        #expect(settings.flag("quiet") == false)
        #expect(settings.origin("drain") == .default)
    }

    @Test func aFlagCountsBeforeTheEnvironmentAndThatBeforeTheFile() throws {
        let flags = ["event-loops": ["4"]]
        let environment = ["PARLEY_GATEWAY_EVENT_LOOPS": "8", "PARLEY_GATEWAY_DRAIN": "250ms"]
        let settings = try settings(
            flags: flags, environment: environment, yaml: "event-loops: 16\ndrain: 1s\nlevel: high\n")
        #expect(settings.integer("event-loops") == 4)
        #expect(settings.origin("event-loops") == .flag("event-loops"))
        #expect(settings.duration("drain") == .milliseconds(250))
        #expect(settings.origin("drain") == .environment("PARLEY_GATEWAY_DRAIN"))
        #expect(settings.text("level") == "high")
        #expect(settings.origin("level") == .file("gateway.yaml"))
    }

    @Test func listsComeFromRepeatedFlagsCommasAndSequences() throws {
        let two = ["ipc://a", "tcp://b:1"]
        #expect(try settings(flags: ["routers": two]).list("routers") == two)
        #expect(try settings(environment: ["PARLEY_GATEWAY_ROUTERS": "ipc://a, tcp://b:1"]).list("routers") == two)
        #expect(try settings(yaml: "routers:\n  - ipc://a\n  - tcp://b:1\n").list("routers") == two)
        #expect(try settings(yaml: "routers: ipc://a\n").list("routers") == ["ipc://a"])
    }

    @Test(arguments: [
        ("event-loops", "0"), ("event-loops", "65"), ("event-loops", "two"), ("drain", "5"), ("drain", "61s"),
        ("listen", "8080"), ("listen", "localhost:65536"), ("listen", "::1:80"), ("routers", "http://a"),
        ("quiet", "yes"), ("level", "medium"),
    ])
    func aWrongFlagValueIsRefusedWithNameValueAndWhatIsAllowed(name: String, value: String) throws {
        let failure = try #require(failure { try settings(flags: [name: [value]]) })
        #expect(failure.exitCode == .badData)
        #expect(failure.reason.contains(name))
        #expect(failure.reason.contains(value))
        let kind = try #require(Self.table.first { $0.name == name }).kind
        #expect(failure.reason.contains(kind.allowed))
    }

    @Test func aWrongValueInEnvironmentOrFileIsAConfigurationFailureThatSaysWhere() throws {
        let variable = try #require(failure { try settings(environment: ["PARLEY_GATEWAY_LEVEL": "medium"]) })
        #expect(variable.exitCode == .configuration)
        #expect(variable.reason.contains("PARLEY_GATEWAY_LEVEL"))
        let file = try #require(failure { try settings(yaml: "level: medium") })
        #expect(file.exitCode == .configuration)
        #expect(file.reason.contains("gateway.yaml"))
    }

    @Test(arguments: ["colour: red", "event-loops: {a: 1}", "- a\n- b", "a: [", "level: low\nlevel: high", "\"x"])
    func aFileThatIsNoMappingOfKnownNamesIsRefused(yaml: String) {
        #expect(failure { try settings(yaml: yaml) }?.exitCode == .configuration)
    }

    @Test(arguments: ["", "# only a comment\n", "---\n"])
    func anEmptyFileSetsNothing(yaml: String) throws {
        #expect(try settings(yaml: yaml).integer("event-loops") == 2)
    }

    @Test func aSecretIsReadFromEnvironmentAndNeverShown() throws {
        let settings = try settings(environment: ["PARLEY_GATEWAY_PASSWORD": "tr0ub4dor"])
        #expect(settings.text("password") == "tr0ub4dor")
        #expect(!settings.shown("password").contains("tr0ub4dor"))
        let wrong = try #require(failure { try self.settings(environment: ["PARLEY_GATEWAY_PASSWORD": "tr0ub\u{1}"]) })
        #expect(!wrong.reason.contains("tr0ub"))
    }

    @Test func aSecretInAFileItselfIsRefused() {
        #expect(failure { try settings(yaml: "password: tr0ub4dor") }?.reason.contains("tr0ub4dor") == false)
    }

    @Test func whatMustBeGivenIsAskedFor() throws {
        let table = [Setting("data", .path, default: nil, help: "Where the data is.")]
        #expect(throws: ProcessFailure(.configuration, "data must be given: a path")) {
            try Settings(table: table, process: "router")
        }
        #expect(try Settings(table: table, process: "router", requiresAll: false).text("data").isEmpty)
    }

    @Test func theDataDirectoryMayBeNamedForEveryCommandAtOnce() throws {
        let table = [Setting("data", .path, default: "./parley-data", help: "Where the data is.")]
        let both = ["PARLEY_DATA": "/a", "PARLEY_ROUTER_DATA": "/b"]
        #expect(try Settings(table: table, process: "router", environment: both).text("data") == "/b")
        let shared = try Settings(table: table, process: "router", environment: ["PARLEY_DATA": "/a"])
        #expect(shared.text("data") == "/a")
        #expect(shared.origin("data") == .environment("PARLEY_DATA"))
    }

    @Test func aControlCharacterCannotForgeALine() throws {
        let failure = try #require(failure { try settings(flags: ["level": ["a\nerror: b"]]) })
        #expect(!failure.reason.contains("\n"))
    }
}
