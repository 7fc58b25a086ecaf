public import Operations

/// What `parley up` was asked for.
public struct UpOptions: Equatable, Sendable {
    /// An absolute path.
    public var data: String
    /// Of gateway 0; gateway n listens on the port + n. Port 0: free ones.
    public var listen: Address
    public var gateways: Int
    public var fanouts: Int
    /// Of the first operations port; nil: from 9090 where those are free, else free ones.
    public var operations: Address?
    public var publicURLs: [String]
    /// Where the first fan-out worker lets taps in; nil for none.
    public var taps: Address?
    /// The file with the secret key that taps know workers by.
    public var tapKey: String
    /// The folder with the keys that `parley keys init` makes, the push key among them; empty: nobody is woken.
    public var keysFolder: String
    /// A folder whose `gateway.yaml`, `router.yaml`, `fanout.yaml` and `notifier.yaml` are handed on, where they exist.
    public var configurations: String?
    public var logLevel: LogLevel
    public var logFormat: LogFormat
    /// Gateways serve TLS: for the address that is printed.
    public var usesTLS: Bool
    /// The demo's file, for gateways; it is removed at the end.
    public var demo: String?

    public init(
        data: String, listen: Address, gateways: Int = 1, fanouts: Int = 1, operations: Address? = nil,
        publicURLs: [String] = [], taps: Address? = nil, tapKey: String = "", keysFolder: String = "",
        configurations: String? = nil,
        logLevel: LogLevel = .info, logFormat: LogFormat = .text, usesTLS: Bool = false, demo: String? = nil
    ) {
        self.data = data
        self.listen = listen
        self.gateways = gateways
        self.fanouts = fanouts
        self.operations = operations
        self.publicURLs = publicURLs
        self.taps = taps
        self.tapKey = tapKey
        self.keysFolder = keysFolder
        self.configurations = configurations
        self.logLevel = logLevel
        self.logFormat = logFormat
        self.usesTLS = usesTLS
        self.demo = demo
    }

    /// Ports from one worker's taps to the next one's: its own and those of a thousand tenants.
    static let tapStride = 1_001

    /// Where each fan-out worker lets taps in. Workers for whom no ports are left let none in.
    public var tapDoors: [Address] {
        guard let taps, taps.port > 0 else { return [] }
        return (0..<fanouts).map { Address(host: taps.host, port: taps.port + $0 * Self.tapStride) }
            .filter { $0.port + Self.tapStride <= 65_536 }
    }
}
