import Crypto
import Foundation
import Testing

@testable import Blobs

/// AWS' documentation, "Examples: Signature Calculations in AWS Signature Version 4" for Amazon S3: its keys, times and
/// requests.
@Suite struct S3SignatureTests {
    private let signature = S3Signature(
        credentials: S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")
    private let time = "20130524T000000Z"
    private let host = (name: "host", value: "examplebucket.s3.amazonaws.com")

    private func signed(_ request: S3Signature.Request) -> String {
        String(signature.authorization(request, at: time).split(separator: "Signature=").last ?? "")
    }

    @Test func anObjectsFirstBytes() {
        let request = S3Signature.Request(
            method: "GET", path: "/test.txt",
            headers: [
                host, ("range", "bytes=0-9"), ("x-amz-content-sha256", S3Signature.emptyHash), ("x-amz-date", time),
            ], payloadHash: S3Signature.emptyHash)
        #expect(signed(request) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func anObjectWithAnAwkwardName() {
        let hash = S3Signature.hexadecimal(SHA256.hash(data: Data("Welcome to Amazon S3.".utf8)))
        let request = S3Signature.Request(
            method: "PUT", path: "/test$file.text",
            headers: [
                ("date", "Fri, 24 May 2013 00:00:00 GMT"), host, ("x-amz-content-sha256", hash), ("x-amz-date", time),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ], payloadHash: hash)
        #expect(signed(request) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func aQueryWithoutAValue() {
        let request = S3Signature.Request(
            method: "GET", path: "/", query: [("lifecycle", "")],
            headers: [host, ("x-amz-content-sha256", S3Signature.emptyHash), ("x-amz-date", time)],
            payloadHash: S3Signature.emptyHash)
        #expect(signed(request) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    }

    @Test func aListing() {
        let request = S3Signature.Request(
            method: "GET", path: "/", query: [("prefix", "J"), ("max-keys", "2")],
            headers: [host, ("x-amz-content-sha256", S3Signature.emptyHash), ("x-amz-date", time)],
            payloadHash: S3Signature.emptyHash)
        #expect(signed(request) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test func whatIsReservedIsEncoded() {
        #expect(S3Signature.encoded("a b/ä~_.-", keeping: "/") == "a%20b/%C3%A4~_.-")
        #expect(S3Signature.query([("b", "/"), ("a", "")]) == "a=&b=%2F")
    }

    @Test func theTimeIsInUTC() {
        #expect(S3Signature.time(Date(timeIntervalSince1970: 1_369_353_600)) == "20130524T000000Z")
    }

    @Test func credentialsComeFromAFileOrTheEnvironment() {
        let text =
            "# ours\n[other]\naws_access_key_id = no\n[default]\naws_access_key_id = key\naws_secret_access_key=a=b\n"
        #expect(S3Credentials(text: text) == S3Credentials(accessKey: "key", secretKey: "a=b"))
        #expect(S3Credentials(text: "aws_access_key_id = key") == nil)
        #expect(S3Credentials(environment: ["AWS_ACCESS_KEY_ID": "key"]) == nil)
        #expect("\(S3Credentials(accessKey: "key", secretKey: "secret"))" == "S3Credentials")
    }
}
