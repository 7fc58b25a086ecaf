import Testing

@testable import Workload

@Suite struct JSONTreeTests {
    @Test func aServersFrameIsReadLeniently() {
        let tree = JSONTree(Array(#"{"a":1,"b":"x","c":[true,null,{"d":-1.5}],"a2":18446744073709551615}"#.utf8))
        #expect(tree?["a"]?.number == 1)
        #expect(tree?["a2"]?.number == .max)
        #expect(tree?["b"]?.text == "x")
        #expect(tree?["c"]?.list == [.flag(true), .null, .object(["d": .other(-1.5)])])
        #expect(tree?["nothing"] == nil)
        #expect(tree?["b"]?["inside"] == nil)
    }

    @Test(arguments: ["", "{", "nonsense", #"{"a":}"#])
    func whatIsNoJSONIsNothing(text: String) {
        #expect(JSONTree(Array(text.utf8)) == nil)
    }
}
