/// Where a browser lets itself be woken, and for whose eyes: its PushSubscription (W3C Push API §5).
public struct PushSubscription: Equatable, Sendable {
    /// Bytes of an endpoint's URL; the longest in use have about 500.
    public static let endpointBytesMax = 1_024
    /// Of one user; one more puts the oldest out.
    public static let countMax = 10
    /// An uncompressed point on P-256, and a secret (RFC 8291 §3.1, §3.2).
    public static let publicKeyBytes = 65
    public static let secretBytes = 16

    /// `https://…`; `http://…` only where an operator allows it.
    public let endpoint: String
    public let publicKey: [UInt8]
    public let secret: [UInt8]

    public init(endpoint: String, publicKey: [UInt8], secret: [UInt8]) {
        self.endpoint = endpoint
        self.publicKey = publicKey
        self.secret = secret
    }

    /// Anybody on the way could read who is woken, though not what they are told.
    public var isPlain: Bool { WebTarget(endpoint)?.isSecure != true }
}

/// `push.subscribe`: this browser wants to be woken. The same endpoint again takes the place of the former.
public struct PushSubscribe: Equatable, Sendable {
    public let subscription: PushSubscription
    public init(_ subscription: PushSubscription) { self.subscription = subscription }
}

/// `push.unsubscribe`. An endpoint that is not there changes nothing.
public struct PushUnsubscribe: Equatable, Sendable {
    public let endpoint: String
    public init(endpoint: String) { self.endpoint = endpoint }
}

extension PushSubscribe {
    init(_ fields: inout Fields) throws(Refusal) {
        let endpoint = try fields.endpoint()
        // Browsers say null, or when it ends: then the push service says 410.
        try fields.skipNumber("expirationTime")
        var keys = try fields.object("keys")
        let publicKey = try keys.base64URL("p256dh", count: PushSubscription.publicKeyBytes)
        guard publicKey.first == 4 else { throw Fields.wrong("p256dh") }
        let secret = try keys.base64URL("auth", count: PushSubscription.secretBytes)
        try keys.finish()
        subscription = PushSubscription(endpoint: endpoint, publicKey: publicKey, secret: secret)
    }

    func write(to writer: inout JSONWriter) {
        writer.field("endpoint", subscription.endpoint)
        writer.key("keys")
        writer.beginObject()
        writer.field("p256dh", Base64URL.text(of: subscription.publicKey))
        writer.field("auth", Base64URL.text(of: subscription.secret))
        writer.endObject()
    }
}

extension PushUnsubscribe {
    init(_ fields: inout Fields) throws(Refusal) { endpoint = try fields.endpoint() }

    func write(to writer: inout JSONWriter) { writer.field("endpoint", endpoint) }
}

extension Fields {
    /// What it leads to is for those to look at who send something there.
    fileprivate mutating func endpoint() throws(Refusal) -> String {
        let text = try text("endpoint", codePoints: 1...PushSubscription.endpointBytesMax)
        guard WebTarget(text) != nil else { throw Self.wrong("endpoint") }
        return text
    }
}
