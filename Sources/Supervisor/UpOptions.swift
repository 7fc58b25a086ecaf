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
    /// A folder whose `gateway.yaml`, `router.yaml` and `fanout.yaml` are handed on, where they exist.
    public var configurations: String?
    public var logLevel: LogLevel
    public var logFormat: LogFormat
    /// Gateways serve TLS: for the address that is printed.
    public var usesTLS: Bool
    /// The demo's file, for gateways; it is removed at the end.
    public var demo: String?

    public init(
        data: String, listen: Address, gateways: Int = 1, fanouts: Int = 1, operations: Address? = nil,
        publicURLs: [String] = [], configurations: String? = nil, logLevel: LogLevel = .info,
        logFormat: LogFormat = .text, usesTLS: Bool = false, demo: String? = nil
    ) {
        self.data = data
        self.listen = listen
        self.gateways = gateways
        self.fanouts = fanouts
        self.operations = operations
        self.publicURLs = publicURLs
        self.configurations = configurations
        self.logLevel = logLevel
        self.logFormat = logFormat
        self.usesTLS = usesTLS
        self.demo = demo
    }
}
