internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Asks an object store, and asks again where that may help.
struct S3Client: Sendable {
    /// Of one request that came to nothing: the first try and three more, within some three seconds.
    static let triesMax = 4
    /// Until the head of the answer is there; a part of 16 MiB needs 0.6 MB/s for that.
    static let answer: TimeAmount = .seconds(30)

    let http: HTTPClient
    /// `http://127.0.0.1:9000`, without a path.
    let endpoint: String
    /// As the header `host` says it.
    let host: String
    let signature: S3Signature

    /// A request whose body can be made again for another try.
    struct Call: Sendable {
        enum Body: Sendable {
            case none
            case text(String)
            case file(FileChunks)
        }

        var method: HTTPMethod
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: Body = .none
        var payloadHash = S3Signature.emptyHash
    }

    /// - Returns: an answer of 200 to 299, or any other that is in `expected`.
    /// - Throws: `BlobFailure.missing` for 404, `.full` for 507, `.unavailable` for the rest.
    func send(_ call: Call, expecting expected: Set<UInt> = []) async throws(BlobFailure) -> HTTPClientResponse {
        var failure = BlobFailure.unavailable("not asked")
        for attempt in 0..<Self.triesMax {
            if attempt > 0 { try await pause(after: attempt) }
            let answer: HTTPClientResponse
            do {
                answer = try await http.execute(request(call), timeout: Self.answer)
            } catch is CancellationError {
                throw .unavailable("cancelled")
            } catch {
                guard !Task.isCancelled else { throw .unavailable("cancelled") }
                failure = .unavailable("the object store can't be reached: \(error)")
                continue
            }
            if (200..<300).contains(answer.status.code) || expected.contains(answer.status.code) { return answer }
            let code = S3Answer.text(of: "Code", in: (try? await text(of: answer)) ?? "") ?? ""
            failure = .unavailable("the object store answered \(answer.status.code) \(code.prefix(64))")
            switch answer.status.code {
            case 404 where code != "NoSuchBucket": throw .missing
            case 507: throw .full
            case 408, 429, 500, 502, 503, 504: continue
            default: throw failure
            }
        }
        throw failure
    }

    /// - Throws: also where it is longer than `S3Answer.bytesMax`.
    func text(of answer: HTTPClientResponse) async throws(BlobFailure) -> String {
        do { return String(buffer: try await answer.body.collect(upTo: S3Answer.bytesMax)) } catch {
            throw .unavailable("the object store's answer broke off: \(error)")
        }
    }

    /// What is left of an answer that nobody wants, so that its connection can be used again.
    func drain(_ answer: HTTPClientResponse) async { _ = try? await text(of: answer) }

    /// Drawn evenly from 0 … 100 ms · 2^attempt ("full jitter", M. Brooker, AWS, 2015): at most 0.2, 0.4 and 0.8 s.
    private func pause(after attempt: Int) async throws(BlobFailure) {
        do { try await Task.sleep(for: .milliseconds(Int.random(in: 0...(100 << attempt)))) } catch {
            throw .unavailable("cancelled")
        }
    }

    private func request(_ call: Call) -> HTTPClientRequest {
        let time = S3Signature.time(Date())
        var headers = call.headers + [("host", host), ("x-amz-date", time), ("x-amz-content-sha256", call.payloadHash)]
        if let token = signature.credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let signed = S3Signature.Request(
            method: call.method.rawValue, path: call.path, query: call.query, headers: headers,
            payloadHash: call.payloadHash)
        let query = S3Signature.query(call.query)
        var request = HTTPClientRequest(
            url: endpoint + S3Signature.encoded(call.path, keeping: "/") + (query.isEmpty ? "" : "?" + query))
        request.method = call.method
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.add(name: "authorization", value: signature.authorization(signed, at: time))
        switch call.body {
        case .none: break
        case .text(let text): request.body = .bytes(ByteBuffer(string: text))
        case .file(let chunks):
            request.body = .stream(chunks, length: .known(chunks.range.upperBound - chunks.range.lowerBound))
        }
        return request
    }
}
