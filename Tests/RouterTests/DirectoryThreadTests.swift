import Foundation
import Registry
import Testing
import Wire

@testable import Router

@Suite final class DirectoryReaderTests {
    let folder = NSTemporaryDirectory() + "router-tests-" + UUID().uuidString
    let registry: TenantRegistry

    init() throws { registry = try TenantRegistry.open(dataDirectory: folder) }

    deinit {
        try? registry.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func changesOfAnotherConnectionAreRead() throws {
        var reader = DirectoryReader(registry)
        #expect(try reader.read() == DirectoryReader.Reading())
        let other = try TenantRegistry.open(dataDirectory: folder)
        let created = try other.create(.acme, name: "Acme")
        #expect(try reader.read().changes == [.changed(created)])
        #expect(try reader.read().changes.isEmpty)
        try other.suspendUser(.alice, in: .acme)
        let suspended = try reader.read()
        #expect(suspended.changes.map(\.tenant) == [.acme])
        #expect(suspended.news.isEmpty)
        #expect(reader.directory.records[.acme]?.suspendedUsers == [.alice])
    }

    @Test func anotherNameIsNewsAndANewTenantIsNot() throws {
        var reader = DirectoryReader(registry)
        try registry.create(.acme, name: "Acme")
        #expect(try reader.read().news.isEmpty)
        try registry.update(.acme, name: "Acme Inc.")
        #expect(try reader.read().news.map(\.name) == ["Acme Inc."])
    }

    @Test func aDeletedTenantIsGoneAndToBeErasedUntilItIsPurged() throws {
        var reader = DirectoryReader(registry)
        try registry.create(.acme)
        _ = try reader.read()
        try registry.markDeleted(.acme)
        #expect(try reader.read().changes == [.gone(.acme)])
        #expect(reader.deleted == [.acme])
        try registry.purge(.acme)
        _ = try reader.read()
        #expect(reader.deleted.isEmpty)
    }
}
