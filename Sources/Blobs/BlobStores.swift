internal import Foundation

/// The stores that there are.
public enum BlobStores {
    public static func disk(folder: String) throws(BlobFailure) -> any BlobStore { try DiskBlobStore(root: folder) }

    /// - Parameter credentials: a file; empty for the environment's `AWS_ACCESS_KEY_ID` and the like.
    public static func bucket(
        _ name: String, endpoint: String, region: String, credentials path: String
    ) throws(BlobFailure) -> any BlobStore {
        let environment = ProcessInfo.processInfo.environment
        let found = try path.isEmpty ? S3Credentials(environment: environment) : S3Credentials(file: path)
        guard let found else { throw .unavailable("no credentials in the environment") }
        return try S3BlobStore(
            S3BlobStore.Configuration(endpoint: endpoint, bucket: name, region: region, credentials: found))
    }
}
