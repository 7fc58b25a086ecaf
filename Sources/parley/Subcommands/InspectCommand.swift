internal import ArgumentParser
internal import Foundation
internal import Inspect
internal import Operations

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Look at files as a gateway looks at uploads, and say what it would do.",
        discussion: """
            Prints a line for each file; exit code 1 where one is not accepted. What
            is made of an accepted image lies beside it afterwards, as FILE.rewritten
            and FILE.thumbnail, with --keep. Without files it is the process that a
            gateway starts, which has no rights and takes orders from its socket alone.
            """)

    @Argument(help: "The files.") var files: [String] = []

    @Option(name: .customLong("type"), help: "What the sender says it is: \"text/plain; charset=windows-1252\".")
    var declaredType: String?

    @Flag(help: "Take macros, and scripts and files in PDFs.") var allowMacros = false

    @Flag(help: "Keep what was made of images.") var keep = false

    @Option(help: "clamd's socket: unix:/PATH, or ADDRESS:PORT.") var scanner: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard !files.isEmpty else { throw ProcessFailure(.usage, "name a file") }
        let inspector = Inspector(executable: "/proc/self/exe", slots: 1, scanner: try virusScanner())
        var policy = FilePolicy()
        policy.allowsMacros = allowMacros
        var isAllAccepted = true
        for file in files {
            let verdict = await inspector.inspect(file: file, name: file, declaredType: declaredType, policy: policy)
            let line = InspectionLine(file, verdict)
            isAllAccepted = isAllAccepted && line.verdict == "accepted"
            if !keep { line.removeOutputs() }
            try output.print(line.text, json: line)
        }
        await inspector.shutdown()
        if !isAllAccepted { throw ProcessFailure(.refused, "not all files would be accepted") }
    }

    private func virusScanner() throws -> VirusScanner? {
        guard let scanner else { return nil }
        guard let address = VirusScanner(scanner) else {
            throw ProcessFailure(.badData, "--scanner takes unix:/PATH or ADDRESS:PORT")
        }
        return address
    }
}
