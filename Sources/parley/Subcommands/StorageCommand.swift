internal import ArgumentParser
internal import Blobs
internal import Foundation
internal import Operations

struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "The place where files lie.", subcommands: [StorageCheck.self])
}

struct StorageCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Store, read, list and remove a file, to see whether a place for files works.",
        discussion: """
            A folder (--folder), or a bucket of an object store (--endpoint, --bucket,
            --region). Its keys come from --credentials, a file as AWS' tools write it,
            or from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Uses the tenant's name
            parley-storage-check, and leaves nothing. Exit code 69 where it fails.
            """)

    @Option(help: "A folder of this machine.") var folder: String?
    @Option(help: "http://HOST:PORT or https://HOST of an object store.") var endpoint: String?
    @Option(help: "Its bucket.") var bucket: String?
    @Option(help: "Its region.") var region = "us-east-1"
    @Option(help: "The file with its keys.") var credentials: String?
    @Option(help: "The size of the file in bytes; above 16 MiB it goes in parts.") var bytes = 1_000_000

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard bytes > 0 else { throw ProcessFailure(.badData, "--bytes takes a number above 0") }
        do {
            let result: StorageTrial.Result
            if let folder {
                result = try await StorageTrial(store: try DiskBlobStore(root: folder), bytes: bytes).run()
            } else {
                let store = try S3BlobStore(try configuration())
                let outcome: Swift.Result<StorageTrial.Result, any Error>
                do { outcome = .success(try await StorageTrial(store: store, bytes: bytes).run()) } catch {
                    outcome = .failure(error)
                }
                await store.shutdown()
                result = try outcome.get()
            }
            try output.print(result.text, json: result)
        } catch let failure as BlobFailure {
            throw ProcessFailure(.unreachable, failure.text)
        }
    }

    private func configuration() throws -> S3BlobStore.Configuration {
        guard let endpoint, let bucket else {
            throw ProcessFailure(.usage, "give --folder, or --endpoint and --bucket")
        }
        let keys = try credentials.map { path throws(BlobFailure) in try S3Credentials(file: path) }
        guard let keys = keys ?? S3Credentials(environment: ProcessInfo.processInfo.environment) else {
            throw ProcessFailure(
                .configuration, "no keys: --credentials, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        return S3BlobStore.Configuration(endpoint: endpoint, bucket: bucket, region: region, credentials: keys)
    }
}

extension BlobFailure {
    fileprivate var text: String {
        switch self {
        case .full: "there is no room left"
        case .missing: "what was stored is not there"
        case .outOfRange: "what was stored is shorter than it should be"
        case .unavailable(let reason): reason
        }
    }
}
