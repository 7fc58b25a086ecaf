/// A parser of bytes from outside. Whatever it is given, it takes it, refuses it, and never crashes; what it takes can be
/// written again and read as the same.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// Of a client.
    case frame, json, websocket, head, query, token, multipart, disposition, range, fileLink, tus
    /// On the bus.
    case toRouter, toGateway, events, heartbeat, replay, taps, tapFrames, push
    /// Of a tap, and what the notifier keeps.
    case event
    /// Of an operator.
    case settings, key, target
    /// Of uploads, and of those who are asked about them.
    case fileName, file, report, objectStore, scanner

    /// What a run found.
    public enum Finding: Equatable, Sendable {
        case taken
        case refused
        /// Taken, but not what was written: a fault of the parser's or the writer's.
        case unsound(String)
    }

    public func run(_ bytes: [UInt8]) -> Finding {
        switch self {
        case .frame: ClientParsers.frame(bytes)
        case .json: ClientParsers.json(bytes)
        case .websocket: ClientParsers.webSocket(bytes)
        case .head: ClientParsers.head(bytes)
        case .query: ClientParsers.query(bytes)
        case .token: ClientParsers.token(bytes)
        case .multipart: UploadParsers.multipart(bytes)
        case .disposition: UploadParsers.disposition(bytes)
        case .range: UploadParsers.range(bytes)
        case .fileLink: UploadParsers.fileLink(bytes)
        case .tus: UploadParsers.tus(bytes)
        case .toRouter: BusParsers.toRouter(bytes)
        case .toGateway: BusParsers.toGateway(bytes)
        case .events: BusParsers.events(bytes)
        case .heartbeat: BusParsers.heartbeat(bytes)
        case .replay: BusParsers.replay(bytes)
        case .taps: BusParsers.taps(bytes)
        case .tapFrames: BusParsers.tapFrames(bytes)
        case .push: BusParsers.push(bytes)
        case .event: BusParsers.event(bytes)
        case .target: OperatorParsers.target(bytes)
        case .settings: OperatorParsers.settings(bytes)
        case .key: OperatorParsers.key(bytes)
        case .fileName: FileParsers.name(bytes)
        case .file: FileParsers.file(bytes)
        case .report: FileParsers.report(bytes)
        case .objectStore: FileParsers.objectStore(bytes)
        case .scanner: FileParsers.scanner(bytes)
        }
    }
}
