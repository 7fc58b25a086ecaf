import NIOCore
import Testing
import Wire

@testable import Gateway

@Suite struct TusTests {
    @Test func metadataAreKeysWithValuesInBase64() throws {
        let metadata = try TusMetadata("filename R3J1w58udHh0,filetype dGV4dC9wbGFpbg==, empty")
        #expect(metadata["filename"] == "Gruß.txt")
        #expect(metadata["filetype"] == "text/plain")
        #expect(metadata["empty"] == "")
        #expect(metadata["other"] == nil)
        #expect(try TusMetadata("")["filename"] == nil)
    }

    @Test(arguments: ["filename !!", "filename gICA", "a b c", "a YQ==,a YQ==", String(repeating: "a", count: 5_000)])
    func metadataThatBreakTheFormAreRefused(field: String) {
        #expect(throws: Refusal.badRequest("upload-metadata")) { try TusMetadata(field) }
    }

    @Test(arguments: ["sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", "sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="])
    func aChecksumConfirmsWhatItIsOf(field: String) throws {
        var checksum = try #require(try TusChecksum(field))
        #expect(throws: TusChecksum.Mismatch.self) { try checksum.confirm() }
        checksum.update(ByteBuffer(string: "hel"))
        checksum.update(ByteBuffer(string: "lo"))
        try checksum.confirm()
    }

    @Test(arguments: ["md5 XUFAKrxLKna5cZ2REBfFkg==", "sha1", "sha1 !", ""])
    func otherChecksumsAreRefused(field: String) {
        #expect(throws: Refusal.badRequest("upload-checksum")) { try TusChecksum(field) }
    }

    @Test func aTimeIsWrittenAsHTTPDoes() {
        #expect(TusFields.date(milliseconds: 1_769_851_800_250) == "Sat, 31 Jan 2026 09:30:00 GMT")
    }
}
