internal import Wire

/// Whom a `hello`, or an HTTP request, lets in. A value; the directory is looked at, never changed.
struct Admission {
    enum Verdict {
        case admitted(Identity, TenantEntry)
        /// The directory may be a moment behind the registry: look there, then judge again.
        case lookUp(TenantSlug, otherwise: Denial)
        case denied(Denial)
    }

    struct Denial: Equatable {
        let refusal: Refusal
        let code: CloseCode
        /// Why the token proves nothing, where that is it.
        let fault: TokenFault?

        init(_ refusal: Refusal, _ code: CloseCode, _ fault: TokenFault? = nil) {
            self.refusal = refusal
            self.code = code
            self.fault = fault
        }

        init(_ fault: TokenFault) { self.init(fault.refusal, .unauthenticated, fault) }
    }

    let directory: Directory
    let origins: Origins

    /// - Parameters:
    ///   - token: of the `hello`.
    ///   - authorization: the `Authorization` fields of the upgrade. With both, `token` counts, and the field has to
    ///     name the same person.
    func judge(token: String?, authorization: [String], origin: String?, at now: Timestamp) -> Verdict {
        do throws(TokenFault) {
            let header = try authorization.isEmpty ? nil : Token(try Self.bearer(authorization))
            guard let counting = try token.map({ text throws(TokenFault) in try Token(text) }) ?? header else {
                throw .missing
            }
            let entry = directory[counting.tenant]
            let identity: Identity
            do throws(TokenFault) {
                identity = try counting.identity(provenBy: entry, at: now)
                if token != nil, let header {
                    let other = try header.identity(provenBy: directory[header.tenant], at: now)
                    guard identity.isSamePerson(as: other) else {
                        return .denied(Denial(.forbidden, .unauthenticated))
                    }
                }
            } catch {
                return error.mayBeNews ? .lookUp(counting.tenant, otherwise: Denial(error)) : .denied(Denial(error))
            }
            guard let entry else { throw .unknownTenant }
            guard !entry.isSuspended(identity.caller.user) else { return .denied(Denial(.forbidden, .suspended)) }
            guard origins.allow(origin, for: entry) else { return .denied(Denial(.forbidden, .origin)) }
            return .admitted(identity, entry)
        } catch {
            return .denied(Denial(error))
        }
    }

    /// The token of `Authorization: Bearer <token>`; the scheme in any case (RFC 9110 §11.1).
    private static func bearer(_ authorization: [String]) throws(TokenFault) -> String {
        guard authorization.count == 1, let value = authorization.first else { throw .malformed }
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw .malformed }
        return String(words[1].drop { $0 == " " })
    }
}
