internal import Crypto
internal import Domain
internal import Wire

/// A gateway's request about a file on its way.
struct FileCommission: Sendable {
    let origin: Origin
    let caller: Caller
    let actingAs: UserID?
    let request: FileRequest

    /// On whose behalf it is carried out.
    ///
    /// - Throws: `bad_request`, field `as`, where somebody who is no service names another.
    func reader() throws(Refusal) -> Reader { try Reader.of(caller, actingAs: actingAs) }

    /// About what it takes in memory.
    static let bytes = 768
}

extension Reader {
    static func of(_ caller: Caller, actingAs: UserID?) throws(Refusal) -> Reader {
        switch (caller.role, actingAs) {
        case (.user, nil): .user(caller.user)
        case (.user, _): throw .badRequest("as")
        case (.service, nil): .service
        case (.service, let user?): .user(user)
        }
    }
}

extension FileRequest {
    /// As metrics name it.
    enum Kind: String, CaseIterable, Sendable {
        case begin
        case seal
        case finish
        case cancel
        case refuse
        case open
    }

    var kind: Kind {
        switch self {
        case .begin: .begin
        case .seal: .seal
        case .finish: .finish
        case .cancel: .cancel
        case .refuse: .refuse
        case .open: .open
        }
    }
}

extension TenantRecord {
    /// What proves it is known to routers and gateways alone.
    func link(to file: UploadID, for user: UserID, until: Timestamp) -> FileLink? {
        guard !linkKey.isEmpty else { return nil }
        return FileLink(tenant: tenant, user: user, file: file, until: until) { bytes in
            Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: linkKey)))
        }
    }
}

extension Finished {
    mutating func answer(_ answer: FileAnswer, to commission: FileCommission, _ metrics: RouterMetrics) {
        answers.append((.file(id: commission.origin.id, answer), commission.origin.link))
        let code: Refusal.Code? = if case .refused(let refusal) = answer { refusal.code } else { nil }
        metrics.carriedOut(commission.request.kind, code)
    }
}
