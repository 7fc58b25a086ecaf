import Operations
import Testing

@testable import parley

@Suite struct ProcessFlagsTests {
    static let table = [
        Setting("listen", .address, default: "127.0.0.1:1", help: "Where."),
        Setting("routers", .list(.endpoint), default: "", help: "Who."),
        Setting("quiet", .flag, default: "false", help: "Whether."),
        Setting("password", .secret, default: "", help: "Hidden."),
    ]

    func flags(_ words: String...) throws -> ProcessFlags {
        try ProcessFlags(words, table: Self.table, process: "gateway")
    }

    @Test func valuesStandAfterASpaceOrAnEqualsSign() throws {
        #expect(try flags("--listen", "a:1").values == ["listen": ["a:1"]])
        #expect(try flags("--listen=a:1=b").values == ["listen": ["a:1=b"]])
        #expect(try flags("--config", "f.yaml").file == "f.yaml")
    }

    @Test func listsRepeatAndTheLastOfOthersCounts() throws {
        let flags = try flags("--routers", "a", "--listen", "a:1", "--routers=b", "--listen", "b:2")
        #expect(flags.values == ["routers": ["a", "b"], "listen": ["b:2"]])
    }

    @Test func aFlagMayStandAlone() throws {
        #expect(try flags("--quiet").values == ["quiet": ["true"]])
        #expect(try flags("--quiet", "false").values == ["quiet": ["false"]])
        #expect(try flags("--quiet", "--listen", "a:1").values == ["quiet": ["true"], "listen": ["a:1"]])
    }

    @Test(arguments: [["--colour", "red"], ["listen"], ["--"], ["--listen"], ["--password", "x"], ["-l", "x"]])
    func anythingElseIsUsage(words: [String]) {
        let failure = #expect(throws: ProcessFailure.self) {
            try ProcessFlags(words, table: Self.table, process: "gateway")
        }
        #expect(failure?.exitCode == .usage)
    }
}
