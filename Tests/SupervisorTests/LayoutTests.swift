import Operations
import Testing

@testable import Supervisor

@Suite struct LayoutTests {
    let options = UpOptions(
        data: "/d", listen: Address(host: "127.0.0.1", port: 8_080), gateways: 2, fanouts: 2,
        publicURLs: ["https://chat.example"])

    func layout() throws -> Layout {
        let listen = try FreePorts.addresses(from: options.listen, count: 2)
        let operations = try FreePorts.addresses(from: Address(host: "127.0.0.1", port: 9_090), count: 6)
        return Layout(options, listen: listen, operations: operations, sockets: "/d/run", files: [.router: "/r.yaml"])
    }

    @Test func operationsPortsGoGatewaysRouterFanoutsNotifier() throws {
        let children = try layout().children
        #expect(children.map(\.name) == ["gateway-0", "gateway-1", "router", "fanout-0", "fanout-1", "notifier"])
        #expect(children.map(\.operations.port) == [9_090, 9_091, 9_092, 9_093, 9_094, 9_095])
        #expect(children.compactMap(\.listen?.port) == [8_080, 8_081])
    }

    @Test func gatewaysPreferDifferentFanouts() throws {
        let firsts = try layout().children.prefix(2).map { child in
            child.arguments.firstIndex(of: "--fanout-events").map { child.arguments[$0 + 1] }
        }
        #expect(firsts == ["ipc:///d/run/fanout-0-events", "ipc:///d/run/fanout-1-events"])
    }

    @Test func bothEndsOfASocketHaveTheSamePath() throws {
        let children = try layout().children
        func values(_ role: Role, _ flag: String) -> Set<String> {
            Set(
                children.filter { $0.role == role }.flatMap { child in
                    child.arguments.indices.filter { child.arguments[$0] == flag }.map { child.arguments[$0 + 1] }
                })
        }
        #expect(values(.router, "--commands") == values(.gateway, "--router-commands"))
        #expect(values(.router, "--events") == values(.fanout, "--router-events"))
        #expect(values(.router, "--replay") == values(.fanout, "--router-replay"))
        #expect(values(.router, "--replay") == values(.notifier, "--router-replay"))
        #expect(values(.fanout, "--events") == values(.gateway, "--fanout-events"))
        #expect(values(.fanout, "--replay") == values(.gateway, "--fanout-replay"))
        #expect(values(.router, "--config") == ["/r.yaml"])
        #expect(values(.gateway, "--public-url") == ["https://chat.example"])
    }

    @Test func longPathsDoNotFitASocketsAddress() {
        #expect(Layout.fits("/d/run", fanouts: 1))
        #expect(!Layout.fits("/" + String(repeating: "d", count: 95), fanouts: 1))
    }

    @Test func portsPastTheLastAreRefused() {
        #expect(throws: ProcessFailure.self) {
            try FreePorts.addresses(from: Address(host: "127.0.0.1", port: 65_535), count: 2)
        }
    }

    @Test func freePortsAreDifferentAndFree() throws {
        let found = try FreePorts.addresses(from: Address(host: "127.0.0.1", port: 0), count: 8)
        #expect(Set(found.map(\.port)).count == 8)
        #expect(!found.map(\.port).contains(0))
    }
}
