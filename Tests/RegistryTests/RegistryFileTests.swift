import Foundation
import Registry
import Synchronization
import Testing
import Wire

/// The router and any number of command lines share the file.
@Suite struct RegistryFileTests {
    private let folder = Folder()

    private func open() throws -> TenantRegistry { try TenantRegistry.open(dataDirectory: folder.path) }

    @Test func anyChangeRaisesTheCounterForEverybody() throws {
        let router = try open()
        let commandLine = try open()
        var last = try router.changeCounter()
        let changes: [() throws -> Void] = [
            { try commandLine.create(.acme) }, { try commandLine.update(.acme, name: "Acme") },
            { try commandLine.suspend(.acme) }, { try commandLine.resume(.acme) },
            { try commandLine.suspendUser(.bob, in: .acme) }, { try commandLine.resumeUser(.bob, in: .acme) },
            { try commandLine.removeKey(TenantRegistry.developmentKeyID, from: .acme) },
            { try commandLine.markDeleted(.acme) }, { try commandLine.purge(.acme) },
        ]
        for (number, change) in changes.enumerated() {
            try change()
            let counter = try router.changeCounter()
            #expect(counter > last, "change \(number)")
            last = counter
        }
    }

    @Test func whatChangesNothingRaisesNothing() throws {
        let registry = try open()
        try registry.create(.acme)
        try registry.suspend(.acme)
        try registry.suspendUser(.bob, in: .acme)
        let counter = try registry.changeCounter()
        try registry.suspend(.acme)
        try registry.suspendUser(.bob, in: .acme)
        try registry.resumeUser(.alice, in: .acme)
        try registry.purge(.acme)
        #expect(throws: RegistryFailure.self) { try registry.create(.acme) }
        _ = try registry.tenants()
        #expect(try registry.changeCounter() == counter)
    }

    @Test func whatOneDidIsThereForTheNext() throws {
        let first = try open()
        let acme = try first.create(.acme, origins: ["https://a.example"])
        try first.close()
        #expect(try open().tenant(.acme) == acme)
    }

    /// All open a directory that is not there yet at the same time, then write in turn.
    @Test func manyMayComeAtOnce() throws {
        let failures = Mutex<[String]>([])
        let finished = DispatchGroup()
        let path = folder.path
        for number in 0..<8 {
            finished.enter()
            Thread.detachNewThread { [finished] in
                do {
                    let registry = try TenantRegistry.open(dataDirectory: path)
                    for round in 0..<5 {
                        if let slug = TenantSlug("t\(number)-\(round)") { try registry.create(slug) }
                    }
                    try registry.close()
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
                finished.leave()
            }
        }
        finished.wait()
        #expect(failures.withLock { $0 } == [])
        let registry = try open()
        #expect(try registry.tenants().count == 40)
        #expect(try registry.changeCounter() == 41)
    }

    @Test func onlyTheOwnerMayReadSecrets() throws {
        let registry = try open()
        try registry.create(.acme)
        for (name, mode) in [("", 0o700), ("/registry.sqlite", 0o600), ("/registry.sqlite-wal", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + name)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode, "\(name)")
        }
    }

    @Test func rubbishIsNoRegistry() throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try Data(repeating: 0x55, count: 8_192).write(to: URL(filePath: folder.path + "/registry.sqlite"))
        let failure = #expect(throws: RegistryFailure.self) { try open() }
        guard case .unavailable? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test func aPathThatIsNoFolderIsUnavailable() throws {
        let failure = #expect(throws: RegistryFailure.self) { try TenantRegistry.open(dataDirectory: "/dev/null/data") }
        guard case .unavailable? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }
}
