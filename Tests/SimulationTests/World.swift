import Logging
import Wire

@testable import Gateway

/// What every simulated process gets: the tenants, the wall between its code and the machine.
struct World {
    let agenda: Agenda
    let trace: Trace
    let network: Network
    let disk: Disk
    let tenants: [Tenant]
    let gateways: Int
    let fanouts: Int

    /// A tenant and what its gateways make of it, which takes an asynchronous call and so is made beforehand.
    struct Tenant: Sendable {
        let record: TenantRecord
        let entry: TenantEntry

        init(_ record: TenantRecord) async {
            self.record = record
            entry = await TenantEntry(record)
        }
    }

    static let logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

    static func gateway(_ number: Int) -> Place { "gateway-\(number)" }
    static func fanout(_ number: Int) -> Place { "fanout-\(number)" }
    static let router: Place = "router"

    /// `router commands`: where a process listens, for the simulated network's eyes only.
    static func endpoint(_ place: Place, _ what: String) -> String { "\(place) \(what)" }
}

/// A simulated process.
protocol Node: AnyObject {
    var place: Place { get }
    var isAlive: Bool { get }
    /// Stopped as by SIGSTOP: what comes waits.
    var isStopped: Bool { get set }
    /// Puts down its next turns where it has something to do.
    func pump()
    /// Dies as by SIGKILL.
    func kill()
}
