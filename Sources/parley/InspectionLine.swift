internal import Foundation
internal import Inspect

/// What `parley inspect` says of a file.
struct InspectionLine: Encodable {
    let file: String
    /// `accepted`, `refused` or `unavailable`.
    var verdict: String
    var reason: String?
    var name: String?
    var type: String?
    var width: Int?
    var height: Int?
    var durationMs: Int?
    var rewritten: String?
    var thumbnail: String?

    private enum CodingKeys: String, CodingKey {
        case file, verdict, reason, name, type, width, height
        case durationMs = "duration_ms"
        case rewritten, thumbnail
    }

    init(_ file: String, _ verdict: Verdict) {
        self.file = file
        switch verdict {
        case .accepted(let accepted):
            self.verdict = "accepted"
            name = accepted.name
            type = accepted.type
            width = accepted.width
            height = accepted.height
            durationMs = accepted.durationMs
            rewritten = accepted.rewritten
            thumbnail = accepted.thumbnail
        case .refused(let why):
            self.verdict = "refused"
            reason = why.rawValue
        case .unavailable(let why):
            self.verdict = "unavailable"
            reason = why.rawValue
        }
    }

    var text: String {
        let size = width.flatMap { width in height.map { "\(width)x\($0)" } }
        return [file, verdict, reason ?? name, type, size, durationMs.map { "\($0) ms" }].compactMap { $0 }
            .joined(separator: "\t")
    }

    func removeOutputs() {
        for path in [rewritten, thumbnail].compactMap({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }
}
