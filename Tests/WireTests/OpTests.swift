import Seeded
import Testing
import Wire

@Suite struct OpTests {
    @Test(arguments: Op.allCases)
    func aCommandGoesWhereItsOpSays(op: Op) {
        var generator = SeededGenerator(seed: 101)
        switch generator.command(of: op) {
        case .write: #expect(op.route == .write)
        case .query: #expect(op.route == .query)
        case .signal: #expect(op.route == .signal)
        case .presence: #expect(op.route == .presence)
        case .session: #expect(op.route == .session)
        }
    }

    @Test(arguments: Op.allCases)
    func anOpIsFoundByItsNameAndNoOther(op: Op) {
        let found = Frame.parse(Array("{\"op\":\"\(op.rawValue)\",\"unknown\":1}".utf8))
        #expect(found != .refused(ref: nil, .badRequest("op")))
        for name in [op.rawValue + " ", op.rawValue + "x", String(op.rawValue.dropLast()), op.rawValue.uppercased()] {
            #expect(Frame.parse(Array("{\"op\":\"\(name)\"}".utf8)) == .refused(ref: nil, .badRequest("op")))
        }
    }
}
