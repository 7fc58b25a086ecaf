import Testing

@testable import Inspect

@Suite struct MarkupScanTests {
    private static let relations = "http://schemas.example/relationships/"

    private func fetches(_ text: String) throws -> Bool { OfficeParts.fetchCode(try MarkupScan(Array(text.utf8))) }

    private static func relationship(_ kind: String, _ target: String) -> String {
        #"<Relationships><Relationship Type="\#(relations)\#(kind)" Target="\#(target)"/></Relationships>"#
    }

    @Test(arguments: [
        ("attachedTemplate", "https://a.example/x.dotm", true), ("attachedTemplate", #"\\server\x.dotm"#, true),
        ("attachedTemplate", "file://server/x.dotm", true), ("oleObject", "mhtml:http://a.example/x!x", true),
        ("attachedTemplate", "file:////server/x.dotm", true), ("attachedTemplate", #"file:///\\server\x.dotm"#, true),
        ("attachedTemplate", "file:%5C%5Cserver/x.dotm", true), ("frame", " HTTPS://a.example", true),
        ("attachedTemplate", "//server/x.dotm", true), ("subDocument", "webdav://a.example/x", true),
        ("attachedTemplate", "file:///C:/Templates/x.dotm", false),
        ("attachedTemplate", #"C:\Templates\x.dotm"#, false),
        ("attachedTemplate", "file://C:/Templates/x.dotm", false), ("attachedTemplate", "x.dotm", false),
        ("oleObject", "embeddings/oleObject1.bin", false), ("hyperlink", "https://a.example", false),
        ("image", "https://a.example/x.png", false),
    ])
    func aDocumentThatFetchesCodeIsFound(kind: String, target: String, isFetching: Bool) throws {
        #expect(try fetches(Self.relationship(kind, target)) == isFetching)
    }

    @Test func howItIsWrittenHidesNothing() throws {
        let plain = Self.relationship("attachedTemplate", "https://a.example/x.dotm")
        let ways = [
            plain.replacing("\"", with: "'"), plain.replacing("=", with: " =\n\t"),
            plain.replacing("https:", with: "&#104;ttps:"), plain.replacing("https:", with: "&#X68;ttps:"),
            plain.replacing("Target", with: "x:Target"), plain.replacing("Target", with: "a=b Target"),
            #"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"# + plain, "\u{FEFF}" + plain,
        ]
        for way in ways { #expect(try fetches(way), "\(way)") }
        for isSwapped in [false, true] {
            for text in [plain, "\u{FEFF}" + plain] {
                let bytes = text.utf16.flatMap { unit -> [UInt8] in
                    let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
                    return isSwapped ? pair.reversed() : pair
                }
                #expect(OfficeParts.fetchCode(try MarkupScan(bytes)))
            }
        }
    }

    @Test(arguments: [
        "<?xml version='1.0' encoding='utf-7'?><a/>", "<?xml version='1.0' encoding='IBM037'?><a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "<a\0/>",
    ])
    func whatNoPartMayBeIsMalformed(text: String) {
        #expect(throws: MarkupScan.Failure.malformed) { try MarkupScan(Array(text.utf8)) }
    }

    @Test func contentTypesNameMacros() throws {
        func names(_ type: String) throws -> Bool {
            OfficeParts.nameMacros(try MarkupScan(Array("<Types><Override ContentType='\(type)'/></Types>".utf8)))
        }
        #expect(try names("application/vnd.ms-word.document.macroEnabled.main+xml"))
        #expect(try names("application/vnd.ms-office.vba&#x50;roject"))
        #expect(try !names("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"))
    }

    @Test(arguments: ["", "<", "<a =", "<a b='", "<a b=\"&#", "&", "<a b='&#xFFFFFFFFF;&;&&amp'", "=='", "<?xml"])
    func whatIsBrokenIsReadAsFarAsItGoes(text: String) throws {
        #expect(try !fetches(text))
    }
}
