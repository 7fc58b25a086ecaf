/// What a tenant takes. The defaults are those of docs/operations.md.
public struct FilePolicy: Equatable, Sendable {
    /// What happens to files while the virus scanner does not answer.
    public enum ScannerDown: String, CaseIterable, Sendable {
        /// They are not taken; the sender is told to come back.
        case hold
        /// They are taken as if there were no scanner.
        case pass
    }

    /// In lower case, without dots. One that Parley can't check is refused all the same.
    public var allowedExtensions: Set<String> = FileRules.allowed
    /// Count before `allowedExtensions`, in every place of a name.
    public var deniedExtensions: Set<String> = FileRules.denied
    /// Office documents with macros, and PDFs with scripts, launch actions or embedded files.
    public var allowsMacros = false
    /// Archives and documents that nobody can look into.
    public var allowsEncrypted = false
    public var scannerDown = ScannerDown.hold

    public init() {}
}
