import Foundation
import Testing
import Wire

/// The contract's bytes, as files: a difference there is a difference in the contract.
@Suite(.serialized) struct FixturesTests {
    private static let commands = Fixture.subjects.filter { $0 == "frame" || $0.hasPrefix("op.") }
    private static let frames = Dictionary(grouping: Sample.frames, by: \.subject)

    @Test(arguments: commands)
    func everyClientFrameBecomesWhatItsFixtureSays(subject: String) throws {
        var fixture = try Fixture(reading: subject)
        for place in fixture.cases.indices {
            var result = fixture.cases[place]
            (result.out, result.refused, result.broken) = (nil, nil, nil)
            switch Frame.parse(result.input) {
            case .frame(let frame): result.out = String(decoding: frame.bytes, as: UTF8.self)
            case .refused(let ref, let refusal):
                result.refused = String(decoding: Reply(ref: ref, .failure(refusal)).bytes, as: UTF8.self)
            case .broken: result.broken = true
            }
            if !Fixture.isRewriting {
                let expected = fixture.cases[place]
                #expect(result.out == expected.out, "\(subject): \(expected.name)")
                #expect(result.refused == expected.refused, "\(subject): \(expected.name)")
                #expect(result.broken == expected.broken, "\(subject): \(expected.name)")
            }
            fixture.cases[place] = result
        }
        if Fixture.isRewriting { try fixture.write(as: subject) }
    }

    @Test(arguments: commands)
    func whatAClientFrameSaysIsSaidByItsFixtureInTurn(subject: String) throws {
        for example in try Fixture(reading: subject).cases {
            guard let out = example.out else { continue }
            let frame = Frame.parse(example.input)
            #expect(Frame.parse(Array(out.utf8)) == frame, "\(subject): \(example.name)")
        }
    }

    @Test(arguments: frames.keys.sorted())
    func everyServerFrameIsAsItsFixtureSays(subject: String) throws {
        let made = (Self.frames[subject] ?? []).map {
            Fixture.Case(name: $0.name, out: String(decoding: $0.bytes, as: UTF8.self))
        }
        if Fixture.isRewriting { return try Fixture(subject: subject, cases: made).write(as: subject) }
        let fixture = try Fixture(reading: subject)
        #expect(fixture.cases.map(\.name) == made.map(\.name))
        for (expected, result) in zip(fixture.cases, made) {
            #expect(expected.out == result.out, "\(subject): \(expected.name)")
        }
    }

    @Test(arguments: Sample.frames.map(\.bytes))
    func everyServerFrameIsOneJSONObject(bytes: [UInt8]) throws {
        #expect(try JSONSerialization.jsonObject(with: Data(bytes)) is [String: Any])
    }

    @Test(arguments: Op.allCases)
    func everyOpHasAFixtureThatTakesItAndOneThatRefusesIt(op: Op) throws {
        let cases = try Fixture(reading: "op." + op.rawValue).cases
        #expect(cases.contains { $0.out?.hasPrefix("{\"op\":\"\(op.rawValue)\"") == true })
        #expect(cases.contains { $0.refused != nil })
    }

    @Test func everyEventErrorAndFrameOfAGatewayHasItsFixtureAndNoFixtureIsLeftOver() {
        let ops = Op.allCases.map { "op." + $0.rawValue }
        let events = Event.Kind.allCases.map { "event." + $0.rawValue } + ["event.message.hidden"]
        let errors = Refusal.Code.allCases.map { "error." + $0.rawValue }
        let gateway = ["hello", "mark", "token.expiring", "draining"].map { "gateway." + $0 }
        let replies = Set(Sample.frames.map(\.subject).filter { $0.hasPrefix("reply.") })
        #expect(Set(Fixture.subjects) == Set(["frame"] + ops + events + errors + gateway).union(replies))
    }
}
