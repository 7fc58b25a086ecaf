internal import GRDB

/// Why the registry refused or failed.
public enum RegistryFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is one already: `what` says which, such as `tenant acme`.
    case exists(String)
    /// There is none: `what` says which.
    case unknown(String)
    /// A value that can't be taken: the field, and what is allowed.
    case invalid(field: String, allowed: String)
    /// The file was written by a newer version of Parley.
    case newer(version: Int, known: Int)
    /// The disk, the file, or somebody who held it for too long.
    case unavailable(String)

    public var description: String {
        switch self {
        case .exists(let what): "\(what) exists already"
        case .unknown(let what): "\(what) is unknown"
        case .invalid(let field, let allowed): "\(field) must be \(allowed)"
        case .newer(let version, let known):
            "the registry has version \(version), this Parley knows versions up to \(known): use a newer one"
        case .unavailable(let detail): "the registry can't be used: \(detail)"
        }
    }

    /// Has what GRDB throws leave as `unavailable`; everything else leaves as it is.
    static func translating<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw RegistryFailure.unavailable(error.message ?? "SQLite \(error.extendedResultCode.rawValue)")
        }
    }
}
