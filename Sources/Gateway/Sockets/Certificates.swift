internal import NIOCore
internal import NIOSSL
internal import Operations
internal import Synchronization

/// The TLS certificate and key that new connections get; read again when the process is told to.
final class Certificates: Sendable {
    private let certificate: String
    private let key: String
    private let current: Mutex<NIOSSLContext>

    /// - Parameters: paths of PEM files: the certificate with its chain, and its private key.
    /// - Throws: `ProcessFailure` where they can't be read or don't fit.
    init(certificate: String, key: String) throws {
        self.certificate = certificate
        self.key = key
        current = Mutex(try Self.load(certificate: certificate, key: key))
    }

    var context: NIOSSLContext { current.withLock { $0 } }

    /// Connections that stand keep what they have. Where the files are bad the former ones stay.
    func reload() throws {
        let new = try Self.load(certificate: certificate, key: key)
        current.withLock { $0 = new }
    }

    private static func load(certificate: String, key: String) throws -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            let privateKey = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: privateKey)
            // RFC 8996.
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            // A client that does not say goodbye must not hold a stop up.
            configuration.shutdownTimeout = .seconds(1)
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ProcessFailure(.configuration, "tls-certificate, tls-key: '\(certificate)', '\(key)': \(error)")
        }
    }
}
