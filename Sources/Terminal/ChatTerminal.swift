internal import Dispatch
internal import Glibc
public import Workload

/// What `parley connect` needs.
public struct ConnectOptions: Sendable {
    public var endpoint: Endpoint
    /// Called before every connection and when a token is about to expire.
    public var token: @Sendable () throws -> String
    /// Opened at the start: a conversation's id, title, or the other person of a direct one. Nil: the newest.
    public var conversation: String?
    /// PEM file of the authorities that prove a `wss://` server; nil for the system's own.
    public var authorityFile: String?

    public init(
        endpoint: Endpoint, token: @escaping @Sendable () throws -> String, conversation: String? = nil,
        authorityFile: String? = nil
    ) {
        self.endpoint = endpoint
        self.token = token
        self.conversation = conversation
        self.authorityFile = authorityFile
    }
}

/// How a talk ended.
public enum ConnectOutcome: Equatable, Sendable {
    /// `/quit`, or the end of the input with everything acknowledged.
    case done
    /// The server said no for good: the close code's meaning.
    case refused(String)
    /// Nobody answered before the first connection stood.
    case unreachable(String)
}

/// The terminal chat client.
public enum ChatTerminal {
    /// Reads standard input, writes standard output, until the talk ends. On a terminal it edits lines; piped, each line
    /// of input is a message or a command, and each line of output an event.
    public static func run(_ options: ConnectOptions) async -> ConnectOutcome {
        let screen = Screen()
        let talk = Talk(screen: screen, wanted: options.conversation)
        let client = ChatClient(
            client: "parley-connect", endpoint: options.endpoint, authorityFile: options.authorityFile,
            token: options.token
        ) { notice in
            await talk.noticed(notice)
        }
        let state = screen.makeRaw()
        let signals = [SIGTERM, SIGHUP].map { restore(screen, to: state, at: $0) }
        defer {
            for signal in signals { signal.cancel() }
            screen.restore(state)
        }
        return await talk.run(client)
    }

    /// Whoever ends the client by a signal gets a usable terminal back, then what the signal does by itself.
    private static func restore(_ screen: Screen, to state: termios?, at number: CInt) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler {
            screen.restore(state)
            signal(number, SIG_DFL)
            // To the process: this thread, as all of Dispatch's, has signals blocked.
            kill(getpid(), number)
        }
        source.resume()
        return source
    }
}
