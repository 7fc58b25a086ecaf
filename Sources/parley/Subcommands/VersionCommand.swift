internal import ArgumentParser
internal import Operations

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version of the program and of the protocol.")

    @OptionGroup var output: OutputOptions

    private struct Printed: Encodable {
        let version: String
        let `protocol`: String
    }

    func run() throws {
        try output.print(
            "parley \(Version.text) (protocol \(Version.protocol))",
            json: Printed(version: Version.text, protocol: Version.protocol))
    }
}
