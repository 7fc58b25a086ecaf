import Seeded
import Testing
import Wire

@testable import Gateway

@Suite struct EventsQueryTests {
    @Test func everythingMayBeLeftOut() throws {
        for query in [nil, "", "&", "&&"] {
            let asked = try EventsQuery(query)
            #expect(asked.since == nil && asked.epoch == nil && asked.waitSeconds == EventsQuery.waitSecondsDefault)
        }
    }

    @Test func whatIsGivenIsRead() throws {
        let asked = try EventsQuery("since=1234&epoch=e%207+x&wait=3")
        #expect(asked.since == 1_234 && asked.epoch == "e 7 x" && asked.waitSeconds == 3)
        #expect(try EventsQuery("wait=31").waitSeconds == 30)
        #expect(try EventsQuery("wait=9999999999999999999").waitSeconds == 30)
        #expect(try EventsQuery("since=0&wait=0").since == 0)
    }

    @Test func lastEventIDCountsBeforeSince() throws {
        #expect(try EventsQuery("since=1", lastEventID: "7").since == 7)
        #expect(try EventsQuery("since=1", lastEventID: "").since == 1)
        #expect(throws: Refusal.badRequest("last-event-id")) { try EventsQuery("since=1", lastEventID: "x") }
    }

    @Test(arguments: [
        ("since", "since"), ("since=", "since"), ("since=-1", "since"), ("since=1x", "since"), ("since=+1", "since"),
        ("since=%31", "since"), ("since=12345678901234567890", "since"), ("wait=1.5", "wait"), ("wait=", "wait"),
        ("epoch=%", "epoch"), ("epoch=%4", "epoch"), ("epoch=%zz", "epoch"), ("epoch=%ff", "epoch"),
        ("since=1&since=1", "since"), ("wait=1&epoch=a&epoch=b", "epoch"), ("x=1", nil), ("Since=1", nil),
        ("x=1&x=1", nil),
        ("=1", nil), ("since=1&&_=2", nil),
    ])
    func whatIsWrongIsRefusedByItsField(query: String, field: String?) {
        #expect(throws: Refusal.badRequest(field)) { try EventsQuery(query) }
    }

    /// Whatever comes: it is read within its bounds, or refused with a field of the contract.
    @Test(arguments: 0..<40) func anyBytesAreReadOrRefused(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "since", "epoch", "wait", "=", "&", "%", "%4", "%41", "+", "1", "99999999999999999999", "é", "\u{0}", " ",
        ]
        for _ in 0..<200 {
            let count = Int.random(in: 0...12, using: &random)
            let query = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            do throws(Refusal) {
                let asked = try EventsQuery(query)
                #expect(asked.waitSeconds <= EventsQuery.waitSecondsMax)
                #expect((asked.epoch?.unicodeScalars.count ?? 0) <= Limits.refCodePoints)
            } catch {
                #expect(error.code == .badRequest)
                #expect(error.field.map { ["since", "epoch", "wait"].contains($0) } ?? true)
            }
        }
    }

    @Test(arguments: 0..<40) func whatAFormWritesIsReadBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let since = UInt64.random(in: 0...UInt64(Int64.max), using: &random)
        let wait = UInt64.random(in: 0...30, using: &random)
        let count = Int.random(in: 0...16, using: &random)
        let epoch = String(
            (0..<count).map { _ in ["a", "7", "é", " ", "&", "=", "%", "+", "🥨"].randomElement(using: &random) ?? "a" }
                .joined())
        let coded = epoch.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let asked = try EventsQuery("wait=\(wait)&epoch=\(coded)&since=\(since)")
        #expect(asked.since == since && asked.epoch == epoch && asked.waitSeconds == wait)
    }
}
