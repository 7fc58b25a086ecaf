internal import CWeb
internal import HTTPTypes

/// The page and the SDK, which are in the program itself: `Sources/Web`, made ready once at the start.
struct WebFiles: Sendable {
    static let methods = "GET, HEAD, OPTIONS"

    private struct Place {
        let file: WebFile
        let keeping: WebFile.Keeping
        let location: String?
    }

    private var places: [String: Place] = [:]

    /// - Parameter page: false: the SDK alone.
    init(page: Bool) {
        var sdk: [String: WebFile] = [:]
        for (path, bytes) in Self.embedded {
            let isSDK = path.hasPrefix("/sdk/")
            guard isSDK || page else { continue }
            let file = WebFile(path, bytes, part: isSDK ? .sdk : .page)
            guard isSDK else {
                places[path] = Place(file: file, keeping: .asked, location: nil)
                if path == "/app/index.html" { places["/"] = places[path] }
                continue
            }
            let name = String(path.dropFirst("/sdk/".count))
            sdk[name] = file
            let location = "/sdk/v1/\(file.hash)/\(name)"
            for newest in [path, "/sdk/v1/\(name)"] {
                places[newest] = Place(file: file, keeping: .asked, location: location)
            }
            places[location] = Place(file: file, keeping: .forEver, location: nil)
        }
        // A module asks for its parts beside itself, under the address that names its own bytes too.
        for (name, file) in sdk {
            for (other, loader) in sdk where other != name {
                places["/sdk/v1/\(loader.hash)/\(name)"] = Place(
                    file: file, keeping: .asked, location: "/sdk/v1/\(file.hash)/\(name)")
            }
        }
    }

    var paths: [String] { places.keys.sorted() }

    /// Nil where there is no such file.
    func answer(_ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields) -> HTTPAnswer? {
        guard let place = places[path] else { return nil }
        switch method {
        case .get, .head:
            return place.file.answer(
                place.keeping, location: place.location, encodings: fields[.acceptEncoding],
                known: fields[.ifNoneMatch])
        case .options:
            return HTTPAnswer(.noContent, whole: [.allow: Self.methods])
        default: return .wrongMethod(allowed: Self.methods)
        }
    }

    /// By path: the bytes of each file as they lie in `Sources/Web`.
    static var embedded: [String: [UInt8]] {
        var count = 0
        guard let files = parley_web_files(&count) else { return [:] }
        let entries = UnsafeBufferPointer(start: files, count: count).map { file in
            (String(cString: file.path), Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
        }
        return Dictionary(entries) { first, _ in first }
    }
}
