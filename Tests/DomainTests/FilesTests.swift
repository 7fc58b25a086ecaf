import Domain
import Testing
import Wire

@Suite struct FilesTests {
    private static let file = StoredFile(name: "a.png", type: "image/png", size: 100, sha256: "aa", thumbnailSize: 5)
    private static let voice = StoredFile(name: "v.ogg", type: "audio/ogg", size: 50, sha256: "bb")

    private func begin(_ number: UInt64, in conversation: ConversationID = Acme.team, size: UInt64? = 100)
        -> FileRequest
    {
        .begin(UploadBegin(id: .number(number), conversation: conversation, name: "a.png", size: size))
    }

    @Test func onlyAMemberMayBegin() throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) { try acme.decide(begin(1), as: Acme.erin) }
        #expect(throws: Refusal.notFound) { try acme.decide(begin(1, in: .number(99)), as: Acme.alice) }
        #expect(try acme.decide(begin(1), as: Acme.carol).changes.count == 1)
    }

    @Test func nothingIsUploadedAcrossABlock() throws {
        var acme = try Acme()
        try acme.block(Acme.alice, by: Acme.bob)
        #expect(throws: Refusal.blocked) { try acme.decide(begin(1, in: Acme.direct), as: Acme.alice) }
        #expect(throws: Refusal.blocked) { try acme.decide(begin(1, in: Acme.direct), as: Acme.bob) }
        #expect(try acme.decide(begin(1), as: Acme.alice).changes.count == 1)
    }

    @Test func moreThanAFileMayHaveIsTooLarge() throws {
        var acme = try Acme()
        acme.settings[.fileBytesMax] = 100
        #expect(try acme.decide(begin(1, size: 100), as: Acme.alice).grant?.bytesMax == 100)
        #expect(throws: Refusal(.tooLarge, field: "size")) { try acme.decide(begin(1, size: 101), as: Acme.alice) }
        #expect(try acme.decide(begin(1, size: nil), as: Acme.alice).grant?.bytesMax == 100)
    }

    @Test func roomIsKeptFromTheBeginningOn() throws {
        var acme = try Acme()
        acme.settings[.storageBytesMax] = 250
        try acme.carryOut(begin(1), as: Acme.alice)
        try acme.carryOut(begin(2), as: Acme.alice)
        #expect(throws: Refusal(.tooLarge, field: "storage")) { try acme.decide(begin(3), as: Acme.alice) }
        #expect(try acme.decide(begin(3, size: nil), as: Acme.alice).grant?.bytesMax == 50)
        try acme.carryOut(.cancel(.number(1)), as: Acme.alice)
        #expect(try acme.decide(begin(3), as: Acme.alice).grant?.bytesMax == 100)
    }

    @Test func nobodyHasAllTheRoomKeptByUploadsThatDoNotCome() throws {
        var acme = try Acme()
        acme.settings[.fileBytesMax] = 100
        acme.settings[.storageBytesMax] = 8_000
        for number in 1...20 as ClosedRange<UInt64> { try acme.carryOut(begin(number), as: Acme.alice) }
        let wait = Refusal.rateLimited(retryAfterMs: 60_000)
        #expect(throws: wait) { try acme.decide(begin(21, size: 1), as: Acme.alice) }
        #expect(try acme.decide(begin(21), as: Acme.carol).changes.count == 1)
        try acme.carryOut(.seal(.number(1), Self.voice), as: Acme.alice)
        #expect(try acme.decide(begin(21), as: Acme.alice).changes.count == 1)
        // Ten files, however little room there is.
        acme.settings[.storageBytesMax] = 3_000
        for number in 2...11 as ClosedRange<UInt64> { try acme.carryOut(.cancel(.number(number)), as: Acme.alice) }
        try acme.carryOut(begin(21), as: Acme.alice)
        #expect(throws: wait) { try acme.decide(begin(22), as: Acme.alice) }
    }

    @Test func whatIsStoredMayTakeMoreThanWhatCameWhereThereIsRoom() throws {
        var acme = try Acme()
        acme.settings[.storageBytesMax] = 250
        try acme.carryOut(begin(1, size: 10), as: Acme.alice)
        try acme.carryOut(begin(2, size: 150), as: Acme.alice)
        #expect(throws: Refusal(.tooLarge, field: "storage")) {
            try acme.decide(.seal(.number(1), Self.file), as: Acme.alice)
        }
        acme.settings[.storageBytesMax] = 255
        try acme.carryOut(.seal(.number(1), Self.file), as: Acme.alice)
        #expect(acme.tenant.storageUse() == StorageUse(storedBytes: 105, reservedBytes: 150))
        let small = StoredFile(name: "v.ogg", type: "audio/ogg", size: 150, sha256: "cc")
        try acme.carryOut(.seal(.number(2), small), as: Acme.alice)
    }

    @Test func theSameContentIsCountedOnce() throws {
        var acme = try Acme()
        for number in 1...3 as ClosedRange<UInt64> { try acme.upload(number, Self.file) }
        #expect(acme.tenant.storageUse() == StorageUse(storedBytes: 105))
    }

    @Test func askedAgainEachStepAnswersTheSame() throws {
        var acme = try Acme()
        let begun = try acme.carryOut(begin(1), as: Acme.alice)
        #expect(try acme.decide(begin(1), as: Acme.alice) == FileDecision(begun.answer))
        try acme.carryOut(.seal(.number(1), Self.file), as: Acme.alice)
        #expect(try acme.decide(.seal(.number(1), Self.file), as: Acme.alice) == FileDecision(.done))
        #expect(throws: Refusal.conflict) { try acme.decide(.seal(.number(1), Self.voice), as: Acme.alice) }
        let finished = try acme.carryOut(.finish(.number(1)), as: Acme.alice)
        #expect(try acme.decide(.finish(.number(1)), as: Acme.alice) == FileDecision(finished.answer))
        #expect(throws: Refusal.conflict) { try acme.decide(begin(1), as: Acme.alice) }
    }

    @Test func anUploadIsItsUploadersAlone() throws {
        var acme = try Acme()
        try acme.carryOut(begin(1), as: Acme.alice)
        for request in [FileRequest.seal(.number(1), Self.file), .finish(.number(1)), .cancel(.number(1))] {
            #expect(throws: Refusal.notFound) { try acme.decide(request, as: Acme.bob) }
        }
        let report = RefusedUpload(name: "a.exe", type: "", size: 1, reason: "extension_denied")
        #expect(try acme.decide(.refuse(.number(1), report), as: Acme.bob).changes.isEmpty)
    }

    @Test func nobodyReliesOnAContentThatIsBeingRemoved() throws {
        var acme = try Acme()
        try acme.carryOut(begin(1), as: Acme.alice)
        acme.tenant.leaving = ["aa"]
        let refusal = #expect(throws: Refusal.self) { try acme.decide(.seal(.number(1), Self.file), as: Acme.alice) }
        #expect(refusal?.code == .unavailable)
    }

    @Test func whatIsNotTakenIsReportedAndForgotten() throws {
        var acme = try Acme()
        try acme.carryOut(begin(1), as: Acme.alice)
        let report = RefusedUpload(name: "a.exe", type: "text/plain", size: 9, reason: "extension_denied")
        try acme.carryOut(.refuse(.number(1), report), as: Acme.alice)
        #expect(acme.tenant.refusedUploads == [report])
        #expect(acme.tenant.uploads.isEmpty)
        #expect(try acme.decide(.refuse(.number(1), report), as: Acme.alice).changes.isEmpty)
    }

    @Test func unsentUploadsAreForgottenInTime() throws {
        var acme = try Acme()
        try acme.upload(1, Self.file)
        try acme.upload(2, Self.voice)
        try acme.send([2], id: 1)
        acme.now = acme.now.advanced(bySeconds: 86_399)
        #expect(try forgetExpiredUploads(at: acme.now, in: acme.tenant, limit: 9).isEmpty)
        acme.now = acme.now.advanced(bySeconds: 1)
        #expect(try forgetExpiredUploads(at: acme.now, in: acme.tenant, limit: 9) == [.forgotten(.number(1))])
    }

    // MARK: Messages

    @Test func attachmentsComeWithTheMessage() throws {
        var acme = try Acme()
        try acme.upload(1, Self.file)
        try acme.send([1], id: 1)
        guard case .shown(let message) = try acme.page(as: Acme.bob).first else { return #expect(Bool(false)) }
        #expect(message.attachments == [Attachment(.number(1), Self.file)])
    }

    @Test func aRepeatedMessageMayNameThemAgain() throws {
        var acme = try Acme()
        try acme.upload(1, Self.file)
        try acme.send([1], id: 1)
        let again = try acme.decide(.messageSend(Acme.message(with: [1], id: 1)), as: Acme.alice)
        guard case .sent(_, _, _, _, true) = again.answered else { return #expect(Bool(false)) }
    }

    struct Wrong: Sendable {
        let uploads: [UInt64]
        var conversation = Acme.team
        let refusal: Refusal
    }

    @Test(arguments: [
        Wrong(uploads: [9], refusal: Refusal(.notFound, field: "attachments")),
        // Bob's, begun only, made for another conversation, sent already.
        Wrong(uploads: [2], refusal: Refusal(.notFound, field: "attachments")),
        Wrong(uploads: [3], refusal: Refusal(.notFound, field: "attachments")),
        Wrong(uploads: [1], conversation: Acme.direct, refusal: Refusal(.notFound, field: "attachments")),
        Wrong(uploads: [4], refusal: Refusal(.notFound, field: "attachments")),
        Wrong(uploads: [1, 1], refusal: .badRequest("attachments")),
    ])
    func onlyOnesOwnFreshUploadsAreAttached(wrong: Wrong) throws {
        var acme = try Acme()
        try acme.upload(1, Self.file)
        try acme.upload(2, Self.file, by: Acme.bob)
        try acme.carryOut(begin(3), as: Acme.alice)
        try acme.upload(4, Self.file)
        try acme.send([4], id: 4)
        let message = Acme.message(with: wrong.uploads, id: 5, to: wrong.conversation)
        #expect(throws: wrong.refusal) { try acme.decide(.messageSend(message), as: Acme.alice) }
    }

    @Test func aVoiceMessageIsOneSound() throws {
        var acme = try Acme()
        try acme.upload(1, Self.voice)
        try acme.upload(2, Self.file)
        func decide(_ uploads: [UInt64]) throws -> Decision {
            try acme.decide(.messageSend(Acme.message(with: uploads, id: 1, isVoice: true)), as: Acme.alice)
        }
        #expect(try decide([1]).happenings.count == 1)
        #expect(throws: Refusal.badRequest("voice")) { try decide([2]) }
        #expect(throws: Refusal.badRequest("voice")) { try decide([1, 2]) }
    }

    // MARK: Reading

    @Test func anUnsentFileIsSeenByItsUploaderAlone() throws {
        var acme = try Acme()
        try acme.upload(1, Self.file)
        #expect(try acme.turn(.user(Acme.alice)).file(.number(1)) == Self.file)
        for reader in [Reader.user(Acme.bob), .user(Acme.erin), .service] {
            #expect(throws: Refusal.notFound) { try acme.turn(reader).file(.number(1)) }
        }
        try acme.remove(Acme.alice, by: Acme.alice)
        #expect(throws: Refusal.notFound) { try acme.turn(.user(Acme.alice)).file(.number(1)) }
    }

    @Test func aSentFileIsSeenByWhoeverMayReadItsMessageNow() throws {
        var acme = try Acme()
        try acme.upload(1, Self.file)
        try acme.send([1], id: 1)
        for reader in [Reader.user(Acme.alice), .user(Acme.bob), .service] {
            #expect(try acme.turn(reader).file(.number(1)) == Self.file)
        }
        #expect(throws: Refusal.notFound) { try acme.turn(.user(Acme.erin)).file(.number(1)) }
        try acme.block(Acme.alice, by: Acme.bob)
        #expect(throws: Refusal.notFound) { try acme.turn(.user(Acme.bob)).file(.number(1)) }
        try acme.unblock(Acme.alice, by: Acme.bob)
        try acme.remove(Acme.bob)
        #expect(throws: Refusal.notFound) { try acme.turn(.user(Acme.bob)).file(.number(1)) }
    }

    @Test func whoJoinsLaterSeesWhatHistoryAllows() throws {
        var acme = try Acme(history: .sinceJoin)
        try acme.upload(1, Self.file)
        try acme.send([1], id: 1)
        try acme.add(Acme.erin)
        #expect(throws: Refusal.notFound) { try acme.turn(.user(Acme.erin)).file(.number(1)) }
    }

    @Test func aDeletedMessageTakesItsFilesAlong() throws {
        var acme = try Acme()
        try acme.upload(1, Self.file)
        try acme.upload(2, Self.file)
        try acme.send([1], id: 1)
        try acme.send([2], id: 2)
        try acme.delete(1)
        #expect(throws: Refusal.notFound) { try acme.turn(.user(Acme.alice)).file(.number(1)) }
        #expect(try acme.turn(.user(Acme.alice)).file(.number(2)) == Self.file)
        #expect(acme.tenant.contents.keys.sorted() == ["aa"])
        try acme.delete(2)
        #expect(acme.tenant.contents.isEmpty)
    }

    @Test func linksAreForFilesThatTheReaderMaySee() throws {
        var acme = try Acme()
        try acme.upload(1, Self.file)
        try acme.upload(2, Self.voice)
        try acme.send([1], id: 1)
        func links(as user: UserID) throws -> [UploadID] {
            let ids = [UploadID.number(1), .number(2), .number(1), .number(3)].map(\.text) + ["x"]
            guard case .links(let links, let until) = try acme.answer(.fileLinks(FileLinks(ids: ids)), as: user) else {
                return []
            }
            #expect(until == acme.now.advanced(bySeconds: 600))
            return links.map(\.file)
        }
        #expect(try links(as: Acme.alice) == [.number(1), .number(2)])
        #expect(try links(as: Acme.bob) == [.number(1)])
        #expect(try links(as: Acme.erin) == [])
    }
}

extension FileDecision {
    fileprivate var grant: UploadGrant? { if case .granted(let grant) = answer { grant } else { nil } }
}

extension Acme {
    func decide(_ request: FileRequest, as user: UserID) throws -> FileDecision {
        try request.decide(turn(.user(user)))
    }

    @discardableResult
    mutating func carryOut(_ request: FileRequest, as user: UserID) throws -> FileDecision {
        let decision = try decide(request, as: user)
        tenant.apply(decision.changes.map(Change.file))
        return decision
    }

    mutating func upload(_ number: UInt64, _ file: StoredFile, by user: UserID = alice) throws {
        let id = UploadID.number(number)
        try carryOut(
            .begin(UploadBegin(id: id, conversation: Self.team, name: file.name, size: file.size)), as: user)
        try carryOut(.seal(id, file), as: user)
        try carryOut(.finish(id), as: user)
    }

    static func message(
        with uploads: [UInt64], id: UInt64, to conversation: ConversationID = team, isVoice: Bool = false
    ) -> MessageSend {
        MessageSend(
            conversation: conversation, id: .number(id), text: "",
            attachments: uploads.map { UploadID.number($0).text }, isVoice: isVoice)
    }

    mutating func send(_ uploads: [UInt64], id: UInt64) throws {
        try commit(.messageSend(Self.message(with: uploads, id: id)), as: Self.alice)
    }

    mutating func delete(_ number: UInt64) throws {
        guard let stored = tenant.messages[.number(number)] else { return }
        let deleted = MessageDeleted(
            conversation: stored.message.conversation, seq: stored.message.seq, id: stored.message.id, by: Self.alice,
            empties: stored.offset)
        append([Happening(.messageDeleted(deleted), to: .conversation(stored.message.conversation))])
    }
}
