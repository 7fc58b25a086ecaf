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
        answer.fields[.accessControlAllowHeaders] = "authorization, content-type, last-event-id"
        // Two hours: the longest that Chromium keeps one.
        answer.fields[.accessControlMaxAge] = "7200"
        answer.fields[.vary] = "Origin"
        return answer
    }

    /// Lets the page read the answer.
    static func open(_ answer: HTTPAnswer, to origin: String?) -> HTTPAnswer {
        var answer = answer
        answer.fields[.vary] = "Origin"
        guard let origin else { return answer }
        answer.fields[.accessControlAllowOrigin] = origin
        answer.fields[.accessControlExposeHeaders] = "retry-after"
        return answer
    }
}
