import Domain
import SQLiteStore
import Testing
import Wire

@Suite struct FilesTests {
    private static let file = StoredFile(
        name: "Grüße.png", type: "image/png", size: 100, sha256: "aa", thumbnailSize: 5, width: 3, height: 4)

    @Test func anUploadComesBackAsItWasPut() throws {
        let acme = try Acme()
        for state in [StoredUpload.State.begun(reserved: 7), .sealed(Self.file), .finished(Self.file)] {
            let upload = acme.upload(1, state)
            try acme.apply(.upload(upload))
            #expect(try acme.tenant.read { try $0.upload(.number(1)) } == upload)
        }
        #expect(try acme.tenant.read { try $0.upload(.number(2)) } == nil)
    }

    @Test func roomIsCountedFromBeginningToEnd() throws {
        let acme = try Acme()
        try acme.apply(.upload(acme.upload(1, .begun(reserved: 120))), .upload(acme.upload(2, .begun(reserved: 30))))
        #expect(try acme.use() == StorageUse(reservedBytes: 150))
        try acme.apply(.upload(acme.upload(1, .sealed(Self.file))))
        #expect(try acme.use() == StorageUse(storedBytes: 105, reservedBytes: 30))
        try acme.apply(.upload(acme.upload(2, .sealed(Self.file))), .upload(acme.upload(1, .finished(Self.file))))
        #expect(try acme.use() == StorageUse(storedBytes: 105))
        try acme.apply(.forgotten(.number(1)), .forgotten(.number(2)))
        #expect(try acme.use() == StorageUse(storedBytes: 105), "it is there until it is removed")
        try acme.tenant.write { try $0.removed(try $0.takeUnreferred(limit: 9)) }
        #expect(try acme.use() == StorageUse())
    }

    @Test func aContentLeavesWithTheLastThatRefersToIt() throws {
        let acme = try Acme()
        try acme.apply(.upload(acme.upload(1, .sealed(Self.file))), .upload(acme.upload(2, .sealed(Self.file))))
        try acme.apply(.forgotten(.number(1)))
        #expect(try acme.tenant.write { try $0.takeUnreferred(limit: 9) } == [])
        try acme.apply(.forgotten(.number(2)))
        #expect(try acme.tenant.write { try $0.takeUnreferred(limit: 9) } == ["aa"])
    }

    @Test func whatIsReferredToAgainStays() throws {
        let acme = try Acme()
        try acme.apply(.upload(acme.upload(1, .sealed(Self.file))), .forgotten(.number(1)))
        try acme.apply(.upload(acme.upload(2, .sealed(Self.file))))
        #expect(try acme.tenant.write { try $0.takeUnreferred(limit: 9) } == [])
        #expect(try acme.use() == StorageUse(storedBytes: 105))
    }

    @Test func whatIsBeingRemovedSaysSoUntilItIsGone() throws {
        let acme = try Acme()
        try acme.apply(.upload(acme.upload(1, .sealed(Self.file))), .forgotten(.number(1)))
        func isBeingRemoved() throws -> Bool { try acme.tenant.read { try $0.isBeingRemoved(sha256: "aa") } }
        #expect(try !isBeingRemoved())
        _ = try acme.tenant.write { try $0.takeUnreferred(limit: 9) }
        #expect(try isBeingRemoved())
        #expect(try acme.tenant.write { try $0.takeUnreferred(limit: 9) } == [])
        try acme.tenant.write { try $0.giveBackUnreferred() }
        #expect(try !isBeingRemoved())
        try acme.tenant.write { try $0.removed(try $0.takeUnreferred(limit: 9)) }
        #expect(try !isBeingRemoved())
    }

    @Test func aMessageKeepsItsUploadsAndLetsThemGo() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.apply(.upload(acme.upload(1, .sealed(Self.file))), .upload(acme.upload(1, .finished(Self.file))))
        let message = Message(
            id: .number(1), conversation: Acme.team, seq: 1, sender: Acme.alice, at: acme.now, text: "",
            attachments: [Attachment(.number(1), Self.file)], isVoice: true)
        try acme.append(Happening(.messageCreated(message, expiresAt: nil), to: .conversation(Acme.team)))
        #expect(try acme.tenant.read { try $0.message(.number(1))?.message } == message)
        #expect(try acme.tenant.read { try $0.upload(.number(1))?.message } == .number(1))
        #expect(try acme.tenant.read { try $0.nextExpiry() } == nil)
        #expect(try acme.tenant.read { try $0.unsentUploads(of: Acme.alice) } == 0)
        try acme.delete(1)
        #expect(try acme.tenant.read { try $0.message(.number(1))?.message.attachments } == [])
        #expect(try acme.tenant.read { try $0.upload(.number(1)) } == nil)
        #expect(try acme.tenant.write { try $0.takeUnreferred(limit: 9) } == ["aa"])
    }

    @Test func unsentOnesComeUpInTheOrderOfTheirTime() throws {
        let acme = try Acme()
        for number in 1...3 as ClosedRange<UInt64> {
            try acme.apply(.upload(acme.upload(number, .begun(reserved: 1), seconds: Int64(10 - number))))
        }
        func due(_ seconds: Int64, limit: Int = 9) throws -> [UploadID] {
            try acme.tenant.read { try $0.expiredUploads(at: acme.now.advanced(bySeconds: seconds), limit: limit) }
        }
        #expect(try due(6) == [])
        #expect(try due(8) == [.number(3), .number(2)])
        #expect(try due(99, limit: 1) == [.number(3)])
        #expect(try acme.tenant.read { try $0.nextExpiry() } == acme.now.advanced(bySeconds: 7))
        #expect(try acme.tenant.read { try $0.unsentUploads(of: Acme.alice) } == 3)
        #expect(try acme.tenant.read { try $0.reservedBytes(of: Acme.alice) } == 3)
        try acme.apply(.upload(acme.upload(1, .sealed(Self.file))))
        #expect(try acme.tenant.read { try $0.reservedBytes(of: Acme.alice) } == 2)
        #expect(try acme.tenant.read { try $0.reservedBytes(of: Acme.bob) } == 0)
    }

    @Test func refusedOnesAreListedTheNewestFirst() throws {
        let acme = try Acme()
        for number in 1...3 as ClosedRange<UInt64> {
            let refused = RefusedUpload(name: "\(number).exe", type: "x", size: number, reason: "extension_denied")
            try acme.apply(.refused(refused, by: Acme.bob, in: Acme.team, at: acme.now))
        }
        let listed = try RefusedUploads(dataDirectory: acme.directory, tenant: Acme.slug).newest(2)
        #expect(listed.map(\.upload.name) == ["3.exe", "2.exe"])
        #expect(listed.first?.user == Acme.bob && listed.first?.conversation == Acme.team)
    }
}

extension Acme {
    fileprivate func upload(_ number: UInt64, _ state: StoredUpload.State, seconds: Int64 = 60) -> StoredUpload {
        StoredUpload(
            id: .number(number), uploader: Self.alice, conversation: Self.team, state: state,
            expiresAt: now.advanced(bySeconds: seconds))
    }

    fileprivate func apply(_ changes: FileChange...) throws {
        try tenant.write { try $0.apply(changes.map(Change.file)) }
    }

    fileprivate func use() throws -> StorageUse { try tenant.read { try $0.storageUse() } }
}
