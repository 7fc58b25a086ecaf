internal import Wire

/// Which web pages may talk to this gateway: its own, and those that the caller's tenant lists.
struct Origins: Equatable {
    private let own: Set<String>

    /// - Parameters:
    ///   - publicURLs: origins that browsers reach the gateway by, `https://chat.example`. Where empty: the listen
    ///     address, and `localhost` with its port.
    ///   - listen: the address that is bound, with its real port.
    init(publicURLs: [String], listen: (host: String, port: Int), isTLS: Bool) {
        guard publicURLs.isEmpty else {
            own = Set(publicURLs.map(Self.normalized))
            return
        }
        let scheme = isTLS ? "https" : "http"
        let isDefaultPort = listen.port == (isTLS ? 443 : 80)
        let port = isDefaultPort ? "" : ":\(listen.port)"
        let host = listen.host.contains(":") ? "[\(listen.host)]" : listen.host
        own = ["\(scheme)://\(host)\(port)", "\(scheme)://localhost\(port)"]
    }

    /// - Parameter origin: as the browser wrote it; nil: no browser.
    func allow(_ origin: String?, for tenant: TenantEntry) -> Bool {
        guard let origin else { return true }
        return own.contains(origin) || tenant.origins.contains(origin)
    }

    /// The gateway's own page's.
    func isOwn(_ origin: String) -> Bool { own.contains(origin) }

    /// Without a token, any tenant's will do.
    func allowPreflight(_ origin: String, _ directory: Directory) -> Bool {
        own.contains(origin) || directory.lists(origin)
    }

    /// As a browser writes it: in lower case, no slash at its end, no port that its scheme implies.
    private static func normalized(_ url: String) -> String {
        var text = url.lowercased()
        while text.hasSuffix("/") { text.removeLast() }
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")]
        where text.hasPrefix(scheme) && text.hasSuffix(port) {
            text.removeLast(port.count)
        }
        return text
    }
}
