import Foundation
import HTTPTypes
import NIOCore
import Seeded
import Testing

@testable import Gateway

@Suite struct WebFilesTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/Web")
    private let files = WebFiles(page: true)

    private func get(_ path: String, _ fields: HTTPFields = [:]) throws -> HTTPAnswer {
        try #require(files.answer(.get, path, fields))
    }

    @Test func everyFileIsInTheProgramAsItLiesInTheFolder() throws {
        for (path, bytes) in WebFiles.embedded {
            let data = try Data(contentsOf: Self.sources.appendingPathComponent(String(path.dropFirst())))
            #expect(Array(data) == bytes, "\(path)")
        }
    }

    @Test func whatThePageAsksForIsThere() throws {
        for name in [
            "index.html", "app.js", "chat.js", "app.css", "manifest.webmanifest", "parts/dialogs.js", "parts/files.js",
            "service-worker.js",
        ] {
            let text = try String(contentsOf: Self.sources.appendingPathComponent("app/" + name), encoding: .utf8)
            for match in text.matches(of: /["'](\/(?:app|sdk)\/[\w.\/-]*\w)["']/) {
                #expect(files.answer(.get, String(match.1), [:]) != nil, "\(name) asks for \(match.1)")
            }
        }
        #expect(try get("/").body == get("/app/index.html").body)
    }

    @Test(arguments: [
        ("/", "text/html; charset=utf-8"), ("/app/app.js", "text/javascript; charset=utf-8"),
        ("/app/app.css", "text/css; charset=utf-8"), ("/app/icon.svg", "image/svg+xml"),
        ("/app/manifest.webmanifest", "application/manifest+json"),
        ("/sdk/v1/parley.d.ts", "text/plain; charset=utf-8"),
    ])
    func typesAreWhatBrowsersAsk(path: String, type: String) throws {
        let fields = try get(path).fields
        #expect(fields[.contentType] == type)
        #expect(fields[.xContentTypeOptions] == "nosniff")
        #expect(fields[.cacheControl] == "no-cache")
    }

    @Test func aCopyThatHoldsIsNotSentAgainInEitherEncoding() throws {
        let plain = try get("/app/chat.js")
        let small = try get("/app/chat.js", [.acceptEncoding: "gzip, br"])
        #expect(small.fields[.contentEncoding] == "gzip" && small.body.readableBytes < plain.body.readableBytes)
        let tag = try #require(plain.fields[.eTag])
        let smallTag = try #require(small.fields[.eTag])
        #expect(tag != smallTag)
        for known in [tag, smallTag, "W/\(tag)", "\"x\", \(smallTag)", "*"] {
            let answer = try get("/app/chat.js", [.ifNoneMatch: known])
            #expect(answer.status == .notModified && answer.body.readableBytes == 0)
        }
        for other in ["\"x\"", "", tag.replacingOccurrences(of: "\"", with: "")] {
            #expect(try get("/app/chat.js", [.ifNoneMatch: other]).status == .ok)
        }
    }

    @Test(arguments: [
        ("gzip", true), ("br, GZIP;q=0.5", true), ("*", true), ("*;q=0, gzip", true), ("gzip; q=0, *", false),
        ("gzip;q=0.000", false), ("deflate", false), ("", false), ("identity;q=1, *;q=0", false),
    ])
    func gzipIsSentToWhoTakesIt(encodings: String, isTaken: Bool) {
        #expect(WebFile.takesGzip(encodings) == isTaken)
    }

    @Test func theSDKHasAnAddressThatNeverChangesItsBytes() throws {
        let newest = try get("/sdk/v1/parley.js")
        #expect(try get("/sdk/parley.js").body == newest.body)
        let lasting = try #require(newest.fields[.contentLocation])
        let answer = try get(lasting)
        #expect(answer.body == newest.body)
        #expect(answer.fields[.cacheControl]?.contains("immutable") == true)
        for answer in [newest, answer] { #expect(answer.fields[.accessControlAllowOrigin] == "*") }
        // What it loads is beside it there too, always the newest.
        let folder = lasting.split(separator: "/").dropLast().joined(separator: "/")
        let part = try get("/\(folder)/parley-files.js")
        #expect(try part.body == get("/sdk/v1/parley-files.js").body && part.fields[.cacheControl] == "no-cache")
    }

    @Test func thePageMayRunNothingButItself() throws {
        #expect(try get("/").fields[.contentSecurityPolicy] == WebFile.policy)
        let worker = try get("/app/service-worker.js").fields
        #expect(worker.first { $0.name.canonicalName == "service-worker-allowed" }?.value == "/")
    }

    @Test func theSDKStaysWhereThePageIsOff() {
        let files = WebFiles(page: false)
        #expect(files.answer(.get, "/", [:]) == nil && files.answer(.get, "/app/chat.js", [:]) == nil)
        #expect(files.answer(.head, "/sdk/v1/parley.js", [:])?.status == .ok)
    }

    @Test(arguments: [
        "/app/modules/chat.js", "/app/join.mjs", "/app/../sdk/parley.js", "/sdk/", "/app", "/sdk/v2/parley.js",
    ])
    func nothingElseIsServed(path: String) { #expect(files.answer(.get, path, [:]) == nil) }

    @Test func otherMethodsAreRefused() {
        #expect(files.answer(.post, "/", [:])?.status.code == 405)
        #expect(files.answer(.options, "/", [:])?.fields[.allow] == "GET, HEAD, OPTIONS")
    }

    /// Whatever a client writes there: it gets the file, whole, or the news that its copy holds.
    @Test(arguments: 0..<20) func anyConditionAndEncodingIsAnswered(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let whole = try get("/app/app.js")
        let tag = try #require(whole.fields[.eTag])
        let pieces = [tag, "W/", "*", "\"", ",", ";", " ", "gzip", "q=", "0", ".", "1", "identity", "é", "\t"]
        for _ in 0..<200 {
            func text() -> String {
                (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                    .joined()
            }
            let known = text()
            let answer = try get("/app/app.js", [.ifNoneMatch: known, .acceptEncoding: text()])
            if answer.status == .notModified {
                #expect(known.contains(tag) || known.contains("*"))
            } else {
                #expect(answer.status == .ok)
                #expect(answer.fields[.contentEncoding] == "gzip" || answer.body == whole.body)
            }
        }
    }
}
