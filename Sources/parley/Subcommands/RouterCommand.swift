internal import ArgumentParser
internal import Operations
internal import Router

struct RouterCommand: ProcessCommand {
    typealias Process = RouterProcess
    static let configuration = configured("Run the router: the rules, the log, the data.")

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var words: [String] = []
}
