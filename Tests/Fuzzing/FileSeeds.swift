/// One of each kind of file that is taken, as small as can be.
enum FileSeeds {
    static var files: [[UInt8]] {
        let pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
        let markup =
            "<?xml version='1.0'?><Relationships><Relationship Type='a/frame' Target='&#x68;ttp://b'/></Relationships>"
        return [
            [0] + Array(pdf.utf8), [1] + ole, [2] + Array("Grüße\n".utf8), [129] + wav, [3] + opus, [5] + zip,
            [4] + Array(markup.utf8),
        ]
    }

    /// A head, and a directory with one entry.
    private static var ole: [UInt8] {
        let name = "WordDocument\0".utf16.flatMap { unit -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        var bytes: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + Array(repeating: 0, count: 504)
        bytes += name + Array(repeating: 0, count: 64 - name.count)
        return bytes + [UInt8(name.count), 0] + Array(repeating: 0, count: 62)
    }

    private static var wav: [UInt8] {
        Array("RIFF".utf8) + [40, 0, 0, 0] + Array("WAVEfmt ".utf8) + [
            16, 0, 0, 0, 1, 0, 1, 0, 64, 31, 0, 0, 128, 62, 0, 0, 2, 0, 16, 0,
        ]
            + Array("data".utf8) + [4, 0, 0, 0, 0, 0, 0, 0]
    }

    private static var opus: [UInt8] {
        Array("OggS".utf8) + [0, 2, 0, 1, 0, 0, 0, 0, 0, 0] + Array(repeating: 0, count: 12) + [1, 19]
            + Array("OpusHead".utf8) + [1, 1, 56, 1, 128, 187, 0, 0, 0, 0, 0]
    }

    /// `a`, stored: its local header, its central one, and the end (APPNOTE.TXT, 4.3).
    private static var zip: [UInt8] {
        let facts: [UInt8] = [
            20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x43, 0xBE, 0xB7, 0xE8, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
        ]
        let local: [UInt8] = [0x50, 0x4B, 3, 4] + facts + [0x61, 0x61]
        let central: [UInt8] = [0x50, 0x4B, 1, 2, 20, 0] + facts + Array(repeating: 0, count: 14) + [0x61]
        return local + central + [
            0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, UInt8(central.count), 0, 0, 0, UInt8(local.count), 0, 0, 0, 0, 0,
        ]
    }

    static var reports: [String] {
        [
            #"{"sniffed":"image/png","width":4,"height":3,"hasRewritten":true,"hasThumbnail":true}"#,
            #"{"reason":"macro","sniffed":"application/pdf","hasRewritten":false,"hasThumbnail":false}"#,
            #"{"reason":"no"}"#,
        ]
    }

    static var answers: [String] {
        [
            "bytes 0-9/10",
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;</NextContinuationToken><Contents><Key>a/b&lt;</Key><LastModified>2026-11-24T10:00:00Z</LastModified><Size>7</Size></Contents></ListBucketResult>",
            "<Upload><Key>a</Key><UploadId>u</UploadId><Initiated>2026-11-24T10:00:00Z</Initiated></Upload>",
            "[default]\naws_access_key_id = a\naws_secret_access_key = b\n",
        ]
    }
}
