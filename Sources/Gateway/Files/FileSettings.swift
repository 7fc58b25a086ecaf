internal import Blobs
internal import Foundation
internal import Inspect
internal import Operations

/// How a gateway takes files and gives them.
struct FileConfiguration: Sendable {
    var store: any BlobStore
    var stagingFolder: String
    var uploadsMax = 64
    var uploadsPerUserMax = 8
    var bytesPerSecondMin = 1_024
    var inspectors = 2
    var inspectionsWaitingMax = 64
    var scanner: VirusScanner?
    /// Which has `inspect`.
    var executable: String

    /// Threads that wait for the disk: enough for a slow one, and few enough that nobody waits long behind others.
    static let threads = 8
}

enum FileSettings {
    static let settings: [Setting] =
        [
            Setting(
                "uploads-folder", .path, default: "./parley-data/uploads",
                help:
                    "Where uploads grow; the same for all gateways, so that any of them can go on with one, and best on the file "
                    + "system of files-folder.",
                metric: "parley_gateway_uploads_under_way"),
            Setting(
                "uploads-max", .integer(1...100_000, unit: "uploads"), default: "64",
                help: "Uploads that come in at a time; more are refused as overloaded.",
                metric: "parley_gateway_uploads_under_way"),
            Setting(
                "uploads-per-user-max", .integer(1...10_000, unit: "uploads"), default: "8",
                help: "The same of one user.", metric: "parley_gateway_refusals_total"),
            Setting(
                "upload-bytes-per-second-min", .integer(0...1_000_000_000, unit: "bytes a second"), default: "1024",
                help: "An upload that comes in more slowly on the average, after its first 20 s, is cut.",
                metric: "parley_gateway_uploads_cut_total"),
            Setting(
                "inspectors", .integer(1...256, unit: "processes"), default: "2",
                help: "Processes that look at uploads, one at a time each.",
                metric: "parley_gateway_inspections_waiting"),
            Setting(
                "inspections-waiting-max", .integer(1...100_000, unit: "uploads"), default: "64",
                help: "Uploads that wait to be looked at; more are refused as overloaded.",
                metric: "parley_gateway_inspections_waiting"),
            Setting(
                "virus-scanner", .text, default: "",
                help:
                    "Where clamd listens, unix:PATH or HOST:PORT with an address in numbers. Not set: uploads are not scanned for viruses. While it does not "
                    + "answer, the tenant's upload_unscanned says what happens.",
                metric: "parley_gateway_uploads_uninspected_total"),
        ] + FileStoreSettings.settings
}

extension FileConfiguration {
    /// - Throws: `ProcessFailure` where the settings don't fit.
    init(_ settings: Settings) throws {
        let scanner = settings.text("virus-scanner")
        self.init(
            store: try Self.store(settings), stagingFolder: settings.text("uploads-folder"),
            uploadsMax: settings.integer("uploads-max"), uploadsPerUserMax: settings.integer("uploads-per-user-max"),
            bytesPerSecondMin: settings.integer("upload-bytes-per-second-min"),
            inspectors: settings.integer("inspectors"),
            inspectionsWaitingMax: settings.integer("inspections-waiting-max"),
            scanner: scanner.isEmpty ? nil : VirusScanner(scanner),
            // The link of the running program: it is the same one, whatever was installed meanwhile.
            executable: "/proc/self/exe")
        guard scanner.isEmpty || self.scanner != nil else {
            throw ProcessFailure(.configuration, "virus-scanner: must be unix:PATH or HOST:PORT")
        }
    }

    private static func store(_ settings: Settings) throws -> any BlobStore {
        do {
            switch try FileStoreSettings(settings).place {
            case .folder(let folder): return try BlobStores.disk(folder: folder)
            case .bucket(let name, let endpoint, let region, let credentials):
                return try BlobStores.bucket(name, endpoint: endpoint, region: region, credentials: credentials)
            }
        } catch let failure as BlobFailure { throw ProcessFailure(.inputOutput, "files: \(failure)") }
    }
}
