internal import ArgumentParser
internal import Gateway
internal import Operations

struct GatewayCommand: ProcessCommand {
    typealias Process = GatewayProcess
    static let configuration = configured("Run one gateway: WebSockets and HTTP for clients.")

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var words: [String] = []
}
