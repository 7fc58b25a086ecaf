import Testing

@testable import Blobs

@Suite struct S3AnswerTests {
    @Test func aListingHasItsEntriesAndTheWayOn() {
        let listing = S3Answer.Listing(
            """
            <?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated>
            <NextContinuationToken>a&amp;b&lt;</NextContinuationToken>
            <Contents><Key>acme/ab/1</Key><LastModified>2026-11-24T10:00:00.000Z</LastModified><Size>7</Size></Contents>
            <Contents><Key>broken</Key><Size>-1</Size></Contents><Contents><Size>3</Size></Contents></ListBucketResult>
            """)
        #expect(listing.entries == [.init(key: "acme/ab/1", size: 7, modified: "2026-11-24T10:00:00.000Z")])
        #expect(listing.token == "a&b<")
    }

    @Test func theLastPageHasNoToken() {
        let xml = "<IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
        #expect(S3Answer.Listing(xml).token == nil)
    }

    @Test(arguments: ["", "<Key>", "</Key><Key>", "<Key><Key>a</Key>", "<Contents><Key>a</Contents>"])
    func whatIsCutOffIsNoAnswer(xml: String) { #expect(S3Answer.Listing(xml).entries.isEmpty) }

    @Test(arguments: [
        ("bytes 0-99/1234", ContentRange("bytes 0-99/1234")), ("bytes 5-4/9", nil), ("bytes 0-9/9", nil),
        ("bytes */9", nil),
        ("0-1/9", nil), ("bytes 0-1/*", nil), ("", nil),
    ])
    func aRangeIsInsideItsSize(header: String, range: ContentRange?) { #expect(ContentRange(header) == range) }

    @Test func timesWithAndWithoutAFraction() {
        #expect(S3BlobStore.seconds("2026-11-24T10:00:00.000Z") == 1_795_514_400)
        #expect(S3BlobStore.seconds("2026-11-24T10:00:00Z") == 1_795_514_400)
        #expect(S3BlobStore.seconds("yesterday") == nil)
    }
}
