internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Registry
internal import Supervisor
internal import Wire
internal import Workload

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure a running system.",
        discussion: """
            Scenarios:
              fanout   one sender, a thousand receivers: singly, then saturated
              rooms    a hundred conversations of ten
              ack      acknowledged sends into one tenant, or with --tenants over
                       many, one a second each
              idle     connections that do nothing: memory of each, CPU to connect
              noisy    talk in one tenant, alone, then beside one that floods
              returns  all are cut off at once and come back
              churn    connections that come and go: memory before and after
              bus      what is relayed without the disk
              files    files up and down, beside nginx where it is installed; the
                       gateway's memory; talk alone, then beside 50 uploads

            It makes tenants «bench», «bench-1» … with raised limits where there are
            none. CPU and memory are those of the processes that parley up runs on the
            data. The floor in each report is a plain loop of one send() per delivery,
            measured in the same run. Use a release build.
            """)

    @Argument(help: "fanout, rooms, ack, idle, noisy, returns, churn, bus or files.")
    var scenario: String
    @Option(
        name: .customLong("url"), help: "A gateway, ws://HOST:PORT; repeatable (default: all that run on the data).")
    var urls: [String] = []
    @Option(help: "How many tenants to spread over, 1 to 10000.")
    var tenants = "1"
    @Option(help: "How long to measure, in seconds, 1 to 3600.")
    var seconds = "10"
    @Option(help: "How many connections (default: the scenario's own number).")
    var connections: String?
    @Option(help: "Messages a second, where the scenario is paced (default: its own).")
    var rate: String?
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let scenario: Bench.Scenario = try Value.choice("scenario", scenario)
        let status = StatusFile.read(data: data.path)
        let slugs = try makeTenants(
            max(try Value.integer("tenants", tenants, in: 1...10_000), Bench.tenantsMin(scenario)))
        let registry = try data.registry()
        let minters = try Dictionary(uniqueKeysWithValues: slugs.map { ($0.text, try Tokens(of: $0, in: registry)) })
        var options = BenchOptions(
            endpoints: try endpoints(status), tenants: slugs.map(\.text),
            processes: status?.children.compactMap { child in
                child.pid.map { MeasuredProcess(role: child.role.rawValue, pid: $0) }
            } ?? [],
            token: { request in
                guard let tokens = minters[request.tenant], let user = UserID(request.user) else {
                    throw ProcessFailure(.badData, "no token for \(request.user) of \(request.tenant)")
                }
                let role: TokenRole = request.isService ? .service : .user
                let now = Int64(Date().timeIntervalSince1970)
                return try tokens.token(for: user, name: nil, role: role, ttl: .seconds(86_400), now: now)
            },
            progress: { LogLines.write("bench: \($0)\n") })
        options.seconds = try Value.integer("seconds", seconds, in: 1...3_600)
        options.connections = try connections.map { try Value.integer("connections", $0, in: 1...1_000_000) }
        options.rate = try rate.map { try Value.integer("rate", $0, in: 1...10_000_000) }
        let report = try await measured(scenario, options)
        print(output.json ? report.json : report.table)
        guard report.isClean else { throw ProcessFailure(.refused, "events were lost, doubled or reordered") }
    }

    /// On a thread of its own: the load generator blocks.
    private func measured(_ scenario: Bench.Scenario, _ options: BenchOptions) async throws -> BenchReport {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(with: Result { try Bench.run(scenario, options) })
                }
            }
        } catch let failure as BenchFailure {
            switch failure {
            case .unreachable: throw ProcessFailure(.unreachable, "\(failure)")
            case .refused: throw ProcessFailure(.refused, "\(failure)")
            case .unusable: throw ProcessFailure(.badData, "\(failure)")
            }
        }
    }

    private func endpoints(_ status: StatusFile?) throws -> [Endpoint] {
        if urls.isEmpty, let running = status?.children.compactMap({ $0.url.flatMap { Endpoint($0) } }),
            !running.isEmpty
        {
            return running
        }
        return urls.isEmpty ? [try Endpoint.gateway(nil, data)] : try urls.map { try Endpoint.gateway($0, data) }
    }

    private func makeTenants(_ count: Int) throws -> [TenantSlug] {
        let registry = try data.makeRegistry()
        let settings = try Bench.tenantSettings.changed.map { try SettingChange($0.key, $0.value) }
        return try (0..<count).map { number in
            let slug = try Value.tenant(number == 0 ? "bench" : "bench-\(number)")
            if try registry.tenant(slug) == nil { try registry.create(slug, settings: settings) }
            return slug
        }
    }
}
