internal import Inspect
internal import Operations

/// What a gateway counts of files.
struct FileMetrics: Sendable {
    let underWay: Gauge
    let begun: Counter
    let finished: Counter
    let receivedBytes: Counter
    let storedBytes: Counter
    let cut: Counter
    let uninspected: Counter
    let unstored: Counter
    let downloads: Counter
    let downloadedBytes: Counter
    private let refusedUploads: [Verdict.Reason: Counter]

    init(_ metrics: Metrics) {
        func counter(_ name: String, _ help: String, _ labels: [String: String] = [:]) -> Counter {
            metrics.counter("parley_gateway_\(name)_total", help: help, labels: labels)
        }
        underWay = metrics.gauge("parley_gateway_uploads_under_way", help: "Uploads that are coming in.")
        begun = counter("uploads_begun", "Uploads that a router permitted.")
        finished = counter("uploads_finished", "Uploads that were stored.")
        receivedBytes = counter("upload_bytes", "Bytes of uploads that came in.")
        storedBytes = counter("upload_stored_bytes", "Bytes of finished uploads.")
        cut = counter(
            "uploads_cut", "Uploads whose client went away, was too slow, or sent another length than it said.")
        uninspected = counter(
            "uploads_uninspected", "Uploads that nobody could look at: too many waited, or the scanner was down.")
        unstored = counter("uploads_unstored", "Uploads that the store of files did not take.")
        downloads = counter("downloads", "Files that were asked for and may be read.")
        downloadedBytes = counter("download_bytes", "Bytes of files that went out.")
        refusedUploads = Dictionary(
            uniqueKeysWithValues: Verdict.Reason.allCases.map {
                ($0, counter("uploads_refused", "Uploads that were not taken, by reason.", ["reason": $0.rawValue]))
            })
    }

    func refused(_ reason: Verdict.Reason) { refusedUploads[reason]?.add() }
}
