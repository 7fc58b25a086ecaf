import Testing

@testable import Gateway

@Suite struct ContentDispositionTests {
    @Test(arguments: [
        ("attachment; filename=\"a b.txt\"", "a b.txt"),
        ("attachment; filename=a.txt", "a.txt"),
        ("form-data; name=\"f\"; filename=\"a\\\"b\\\\c.txt\"", "a\"b\\c.txt"),
        ("attachment; filename=\"x.txt\"; filename*=UTF-8''na%C3%AFve.txt", "naïve.txt"),
        ("attachment; FileName*=utf-8'de'Gru%C3%9F.txt; filename=x", "Gruß.txt"),
        ("attachment; filename*=latin1''x%E9; filename=y.txt", "y.txt"),
        ("attachment; filename=\"C:\\Users\\a.txt\"", "C:\\Users\\a.txt"),
        ("attachment; filename=\"unclosed", "unclosed"),
        ("attachment; filename=one; filename=two", "one"),
        ("attachment; filename=\"a;b.txt\"", "a;b.txt"),
    ])
    func aNameIsFound(field: String, name: String) { #expect(ContentDisposition.fileName(field) == name) }

    @Test(arguments: ["attachment", "", "attachment; name=x", ";;;", "attachment; filename*=UTF-8''%"])
    func whereThereIsNoneThereIsNone(field: String) { #expect(ContentDisposition.fileName(field) == nil) }

    @Test func aDownloadSaysItTwice() {
        #expect(
            ContentDisposition.field(isInline: false, fileName: "na\"ïve.txt")
                == "attachment; filename=\"na__ve.txt\"; filename*=UTF-8''na%22%C3%AFve.txt")
        #expect(ContentDisposition.field(isInline: true, fileName: "a.png").hasPrefix("inline; "))
        #expect(!ContentDisposition.field(isInline: true, fileName: "a\r\nb").contains("\n"))
    }
}
