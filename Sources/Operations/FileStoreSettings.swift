/// Where files lie, as the settings say it: the same for every process that stores, reads or removes them.
public struct FileStoreSettings: Equatable, Sendable {
    public enum Place: Equatable, Sendable {
        case folder(String)
        /// `credentials`: a file; empty for the environment.
        case bucket(name: String, endpoint: String, region: String, credentials: String)
    }

    public static let settings: [Setting] = [
        Setting(
            "files", .choice(["disk", "s3"]), default: "disk",
            help: "Where uploaded files are stored: in a folder that all gateways and routers share, or in a bucket."),
        Setting("files-folder", .path, default: "./parley-data/files", help: "With files: disk, the folder."),
        Setting("s3-endpoint", .origin, default: "", help: "With files: s3, where the object store answers."),
        Setting("s3-bucket", .text, default: "", help: "With files: s3, the bucket; it has to be there."),
        Setting(
            "s3-region", .text, default: "us-east-1", help: "With files: s3, the region that requests are signed for."),
        Setting(
            "s3-credentials", .path, default: "",
            help:
                "With files: s3, a file with the access key and the secret. Not set: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY "
                + "and AWS_SESSION_TOKEN."),
    ]

    public let place: Place

    /// - Throws: `ProcessFailure` where one is missing.
    public init(_ settings: Settings) throws {
        guard settings.text("files") == "s3" else {
            place = .folder(settings.text("files-folder"))
            return
        }
        for name in ["s3-endpoint", "s3-bucket"] where settings.text(name).isEmpty {
            throw ProcessFailure(.configuration, "\(name): must be set where files is s3")
        }
        place = .bucket(
            name: settings.text("s3-bucket"), endpoint: settings.text("s3-endpoint"),
            region: settings.text("s3-region"), credentials: settings.text("s3-credentials"))
    }
}
