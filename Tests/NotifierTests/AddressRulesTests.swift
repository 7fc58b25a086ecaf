import Testing

@testable import Notifier

@Suite struct AddressRulesTests {
    private static func four(_ text: String) -> [UInt8] { text.split(separator: ".").compactMap { UInt8($0) } }

    /// Groups of four hexadecimal digits, all eight of them.
    private static func six(_ text: String) -> [UInt8] {
        text.split(separator: ":").compactMap { UInt16($0, radix: 16) }.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1",
        "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255",
    ])
    func whatIsSetAsideIsNotPublic(text: String) throws {
        let bytes = Self.four(text)
        #expect(try #require(InternetAddress(bytes)).isPublic == false)
        // The same in the clothes of IPv6: mapped, compatible, NAT64, 6to4.
        let zeros = [UInt8](repeating: 0, count: 10)
        for six in [
            zeros + [0xFF, 0xFF] + bytes, zeros + [0, 0] + bytes, [0, 0x64, 0xFF, 0x9B] + zeros.dropLast(2) + bytes,
            [0x20, 0x02] + bytes + zeros,
        ] {
            #expect(try #require(InternetAddress(six)).isPublic == false, "\(six)")
        }
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1", "128.0.0.1",
        "169.253.1.1",
        "172.15.0.1", "172.32.0.1", "192.167.1.1", "192.169.1.1", "198.17.1.1", "198.20.1.1", "203.0.112.1",
        "223.1.1.1",
    ])
    func itsNeighboursAre(text: String) throws {
        let bytes = Self.four(text)
        #expect(try #require(InternetAddress(bytes)).isPublic)
        let zeros = [UInt8](repeating: 0, count: 10)
        #expect(try #require(InternetAddress(zeros + [0xFF, 0xFF] + bytes)).isPublic)
    }

    @Test(arguments: [
        "0:0:0:0:0:0:0:0", "0:0:0:0:0:0:0:1", "fc00:0:0:0:0:0:0:1", "fdff:1:2:3:4:5:6:7", "fe80:0:0:0:0:0:0:1",
        "fec0:0:0:0:0:0:0:1", "ff02:0:0:0:0:0:0:1", "2001:0:0:0:0:0:0:1", "2001:10:0:0:0:0:0:1", "2001:db8:0:0:0:0:0:1",
        "3fff:0:0:0:0:0:0:1", "64:ff9b:1:0:0:0:101:101", "100:0:0:0:0:0:0:1", "4000:0:0:0:0:0:0:1",
    ])
    func whatIsNoHostOfTheInternetIsNotPublic(text: String) throws {
        #expect(try #require(InternetAddress(Self.six(text))).isPublic == false)
    }

    @Test(arguments: ["2606:4700:4700:0:0:0:0:1111", "2001:4860:4860:0:0:0:0:8888", "2a00:1450:0:0:0:0:0:1"])
    func hostsOfTheInternetAre(text: String) throws {
        #expect(try #require(InternetAddress(Self.six(text))).isPublic)
    }

    /// What is public in IPv6 with an IPv4 address inside is public there, whatever the bytes.
    @Test func noBytesSlipThroughInOtherClothes() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let four = (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let isPublic = try #require(InternetAddress(four)).isPublic
            let zeros = [UInt8](repeating: 0, count: 10)
            #expect(try #require(InternetAddress(zeros + [0xFF, 0xFF] + four)).isPublic == isPublic)
            #expect(try #require(InternetAddress([0x20, 0x02] + four + zeros)).isPublic == isPublic)
        }
        for count in 0...40 where count != 4 && count != 16 {
            #expect(InternetAddress(Array(repeating: 1, count: count)) == nil)
        }
    }
}
