internal import ArgumentParser
internal import Notifier
internal import Operations

struct NotifierCommand: ProcessCommand {
    typealias Process = NotifierProcess
    static let configuration = configured("Run the notifier: tells webhooks of events and wakes browsers.")

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var words: [String] = []
}
