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
        defer { screen.restore(state) }
        return await talk.run(client)
    }
}
