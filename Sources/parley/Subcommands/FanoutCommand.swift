internal import ArgumentParser
internal import Fanout
internal import Operations

struct FanoutCommand: ProcessCommand {
    typealias Process = FanoutProcess
    static let configuration = configured("Run one fan-out worker: passes events on to gateways and keeps the latest.")

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var words: [String] = []
}
