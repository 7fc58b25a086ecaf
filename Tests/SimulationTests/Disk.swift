import Foundation
import SimulatedDisk

/// A disk in memory for one data directory (Tests/SimulatedDisk). Directories are the machine's own, and never fail.
final class Disk {
    let folder: String
    private let disk: OpaquePointer

    struct Failure: Error {}

    init(seed: UInt64) throws {
        folder = NSTemporaryDirectory() + "parley-simulation-" + UUID().uuidString
        guard let disk = simulated_disk_make(folder, seed) else { throw Failure() }
        self.disk = disk
    }

    deinit {
        simulated_disk_free(disk)
        try? FileManager.default.removeItem(atPath: folder)
    }

    var faults = simulated_disk_faults() { didSet { simulated_disk_set_faults(disk, faults) } }
    var counts: simulated_disk_counts { simulated_disk_get_counts(disk) }
    var isDead: Bool { simulated_disk_is_dead(disk) != 0 }

    /// The process that uses it dies at its so manyth write, sync or removal from now on; 0: at once.
    func die(after operations: UInt64 = 0) { simulated_disk_die(disk, operations) }
    func live() { simulated_disk_live(disk) }
    /// For the next process.
    func restart(isPowerLost: Bool) { simulated_disk_restart(disk, isPowerLost ? 1 : 0) }
}
