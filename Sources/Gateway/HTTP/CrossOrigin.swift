internal import HTTPTypes

/// CORS: which pages of other origins may read an answer (WHATWG Fetch §3.2).
enum CrossOrigin {
    /// The answer to a preflight; without CORS fields where the origin is nobody's, which the browser takes for a no.
    static func preflight(_ origin: String?, allowed: Bool, methods: String) -> HTTPAnswer {
        guard let origin, allowed else {
            var answer = HTTPAnswer(.noContent)
            answer.fields[.vary] = "Origin"
            answer.fields[.contentLength] = nil
            return answer
        }
        var answer = HTTPAnswer(.noContent)
        answer.fields[.contentLength] = nil
        answer.fields[.accessControlAllowOrigin] = origin
        answer.fields[.accessControlAllowMethods] = methods
        answer.fields[.accessControlAllowHeaders] = allowedFields
        // Two hours: the longest that Chromium keeps one.
        answer.fields[.accessControlMaxAge] = "7200"
        answer.fields[.vary] = "Origin"
        return answer
    }

    private static let allowedFields =
        "authorization, content-type, content-disposition, last-event-id, if-none-match, range, tus-resumable, upload-length, "
        + "upload-metadata, upload-offset, upload-checksum"
    private static let exposedFields =
        "retry-after, content-disposition, content-range, accept-ranges, etag, location, tus-resumable, tus-version, "
        + "tus-extension, tus-max-size, tus-checksum-algorithm, upload-offset, upload-length, upload-expires, upload-id, "
        + "upload-result"

    /// Lets the page read the answer.
    static func open(_ answer: HTTPAnswer, to origin: String?) -> HTTPAnswer {
        var answer = answer
        answer.fields = open(answer.fields, to: origin)
        return answer
    }

    /// The same for the fields alone.
    static func open(_ fields: HTTPFields, to origin: String?) -> HTTPFields {
        var fields = fields
        fields[.vary] = "Origin"
        guard let origin else { return fields }
        fields[.accessControlAllowOrigin] = origin
        fields[.accessControlExposeHeaders] = exposedFields
        return fields
    }
}
