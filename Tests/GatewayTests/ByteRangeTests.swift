import Testing

@testable import Gateway

@Suite struct ByteRangeTests {
    @Test(
        arguments: [
            ("bytes=0-0", 0..<1), ("bytes=2-", 2..<10), ("bytes=2-5", 2..<6), ("bytes=2-99", 2..<10),
            ("bytes=-3", 7..<10),
            ("bytes=-99", 0..<10), ("Bytes=9-9", 9..<10),
        ] as [(String, Range<Int64>)])
    func oneRangeIsThatPart(field: String, part: Range<Int64>) { #expect(ByteRange(field, size: 10) == .part(part)) }

    @Test(arguments: ["bytes=10-", "bytes=10-11", "bytes=-0"])
    func whatLiesPastTheEndCanNotBeSent(field: String) { #expect(ByteRange(field, size: 10) == .unsatisfiable) }

    @Test(arguments: [
        nil, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=1-2-3",
        "bytes=+1-2",
        "bytes=99999999999999999999-", "bytes=1-99999999999999999999",
    ])
    func everythingElseIsTheWhole(field: String?) { #expect(ByteRange(field, size: 10) == .whole) }
}
