import Testing
import Wire

@Suite struct BinaryTests {
    @Test func integersAreWrittenMostSignificantByteFirst() {
        var writer = BinaryWriter()
        writer.put(UInt8(0x01))
        writer.put(UInt16(0x0203))
        writer.put(UInt32(0x0405_0607))
        writer.put(UInt64(0x0809_0A0B_0C0D_0E0F))
        #expect(writer.bytes == Array(1...15))
    }

    @Test func textOfAnyLengthComesThrough() throws {
        let text = String(repeating: "é", count: 70_000)
        var writer = BinaryWriter()
        writer.put(text)
        var reader = BinaryReader(writer.bytes)
        #expect(try reader.text() == text)
        try reader.finish()
    }

    @Test func aCountPastTheEndIsAFaultBeforeMemoryIsTaken() {
        for count in [UInt32(4), 1_000_000, .max] {
            var writer = BinaryWriter()
            writer.put(count)
            writer.put(UInt16(0))
            #expect(throws: BinaryFault.self) {
                var reader = BinaryReader(writer.bytes)
                _ = try reader.list { (reader) throws(BinaryFault) in try reader.byte() }
            }
            #expect(throws: BinaryFault.self) {
                var reader = BinaryReader(writer.bytes)
                _ = try reader.blob()
            }
        }
    }

    @Test func textThatIsNotUTF8IsAFault() {
        #expect(throws: BinaryFault("text")) {
            var reader = BinaryReader([0, 0, 0, 1, 0xFF])
            _ = try reader.text()
        }
    }

    @Test func aFlagIsOneBitAndNoMore() {
        #expect(throws: BinaryFault("flag")) {
            var reader = BinaryReader([2])
            _ = try reader.flag()
        }
    }

    @Test(arguments: ["", "al ice", "ÄÖ", String(repeating: "a", count: 65)])
    func aUserWhoCantBeIsAFault(name: String) {
        var writer = BinaryWriter()
        writer.put(name)
        #expect(throws: BinaryFault("user")) {
            var reader = BinaryReader(writer.bytes)
            _ = try reader.user()
        }
    }
}
