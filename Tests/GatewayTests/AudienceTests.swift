import NIOCore
import Seeded
import Testing
import Wire

@testable import Gateway

@Suite struct AudienceTests {
    /// An audience and what its connections got.
    private struct Bench {
        var audience = Audience(tenant: Parts.acme)
        var dispatch = Dispatch()
        private(set) var received: [Int: [String]] = [:]
        private(set) var writes = 0

        mutating func live(
            _ slot: Int, _ user: UserID, in conversations: [ConversationID] = [Parts.lobby], reached: UInt64 = 0,
            _ role: Caller.Role = .user
        ) {
            audience.open(slot, Parts.caller(user, role))
            #expect(audience.complete(slot, reached: reached, conversations)?.isEmpty == true)
        }

        mutating func give(_ events: Envelope...) {
            audience.dispatch(events, cursor: events.map(\.offset).max() ?? 0, into: &dispatch)
            collect()
        }

        mutating func collect() {
            writes += dispatch.writes.count
            for write in dispatch.writes {
                let frames = texts(write.bytes)
                #expect(frames.count == write.count)
                // What readers by HTTP get are the same events, without the frames.
                let events = dispatch.events(of: write)
                #expect(events.map { String(buffer: $0.json) } == frames)
                received[write.slot, default: []] += frames
            }
            dispatch.clear()
        }
    }

    @Test func membersGetWhatIsTheirConversationsAndNobodyElse() {
        var bench = Bench()
        bench.live(0, Parts.ana)
        bench.live(1, Parts.ben, in: [Parts.attic])
        bench.give(Parts.event(1), Parts.event(2, to: .conversation(Parts.attic)))
        bench.give(Parts.event(3, to: .user(Parts.ben)), Parts.event(4, to: .system))
        #expect(bench.received == [0: ["1", "4"], 1: ["2", "3", "4"]])
    }

    @Test func everyConnectionOfAUserGetsItOnce() {
        var bench = Bench()
        for slot in 0..<3 { bench.live(slot, Parts.ana) }
        bench.give(Parts.event(1))
        bench.audience.close(1)
        bench.give(Parts.event(2))
        #expect(bench.received == [0: ["1", "2"], 1: ["1"], 2: ["1", "2"]])
    }

    @Test func whatGoesToOneConversationIsOneWriteForAll() {
        var bench = Bench()
        bench.live(0, Parts.ana)
        bench.live(1, Parts.ben)
        bench.give(Parts.event(1), Parts.event(2), Parts.event(0, text: "typing"), Parts.event(3))
        #expect(bench.writes == 2)
        #expect(bench.received == [0: ["1", "2", "typing", "3"], 1: ["1", "2", "typing", "3"]])
    }

    @Test func whoIsInSeveralConversationsGetsAllInTheTenantsOrder() {
        var bench = Bench()
        bench.live(0, Parts.ana, in: [Parts.lobby, Parts.attic])
        bench.live(1, Parts.ben, in: [Parts.attic])
        let attic = Scope.conversation(Parts.attic)
        bench.give(Parts.event(1), Parts.event(2, to: attic), Parts.event(3), Parts.event(4, to: attic))
        #expect(bench.received == [0: ["1", "2", "3", "4"], 1: ["2", "4"]])
    }

    @Test func whoJoinsGetsTheJoiningAndWhatFollows() {
        var bench = Bench()
        bench.live(0, Parts.ana)
        bench.live(1, Parts.ben, in: [])
        bench.give(Parts.event(1), Parts.event(2, .joins([Parts.ben])), Parts.event(3))
        bench.give(Parts.event(4))
        #expect(bench.received == [0: ["1", "2", "3", "4"], 1: ["2", "3", "4"]])
    }

    @Test func whoLeavesGetsTheLeavingAndNothingAfterIt() {
        var bench = Bench()
        bench.live(0, Parts.ana)
        bench.live(1, Parts.ben)
        bench.live(2, Parts.chloe)
        bench.give(Parts.event(1), Parts.event(2, .leaves([Parts.ben])), Parts.event(3))
        bench.give(Parts.event(4))
        #expect(bench.received == [0: ["1", "2", "3", "4"], 1: ["1", "2"], 2: ["1", "2", "3", "4"]])
    }

    @Test func aBlockKeepsEventsAwayOrHidesThem() {
        var bench = Bench()
        bench.live(0, Parts.ana)
        bench.live(1, Parts.ben)
        bench.live(2, Parts.chloe)
        bench.give(Parts.event(1, except: [Parts.ana], hiddenFor: [Parts.ben]), Parts.event(2))
        #expect(bench.received == [0: ["2"], 1: ["hidden 1", "2"], 2: ["1", "2"]])
    }

    @Test func aServiceGetsEverythingDurableAndEveryState() {
        var bench = Bench()
        bench.live(0, Parts.ana, in: [], .service)
        bench.live(1, Parts.ben)
        bench.give(
            Parts.event(1, except: [Parts.ana]), Parts.event(0, text: "typing"),
            Parts.event(0, to: .user(Parts.ben), durability: .state, text: "read"), Parts.event(2, .leaves([Parts.ben]))
        )
        bench.give(Parts.event(3), Parts.event(0, text: "typing"), Parts.event(4))
        #expect(bench.received[0] == ["1", "read", "2", "3", "4"])
    }

    @Test func whatIsCaughtUpIsNotHandedOutAgain() {
        var bench = Bench()
        bench.live(0, Parts.ana, reached: 0)
        bench.live(1, Parts.ben, reached: 3)
        bench.give(Parts.event(1), Parts.event(2), Parts.event(0, after: 2, text: "typing"))
        #expect(bench.audience.mark(0) == 2 && bench.audience.mark(1) == 3)
        bench.give(Parts.event(3), Parts.event(4))
        #expect(bench.received == [0: ["1", "2", "typing", "3", "4"], 1: ["4"]])
        #expect(bench.audience.mark(1) == 4)
    }

    @Test func whatComesDuringCatchingUpFollowsIt() throws {
        var bench = Bench()
        bench.live(0, Parts.ana)
        bench.audience.open(1, Parts.caller(Parts.ben))
        bench.give(Parts.event(1), Parts.event(2, .leaves([Parts.ben])), Parts.event(3))
        bench.give(Parts.event(4, .joins([Parts.ben])), Parts.event(5), Parts.event(0, text: "typing"))
        #expect(bench.audience.mark(1) == nil)
        // At 1 ben was a member; at 2 he left, at 4 he came back.
        let held = bench.audience.complete(1, reached: 1, [Parts.lobby])
        let given = try #require(held)
        #expect(given.map { String(decoding: $0.json, as: UTF8.self) } == ["2", "4", "5"])
        #expect(given.map(\.offset) == [2, 4, 5])
        bench.give(Parts.event(6))
        #expect(bench.received[1] == ["6"])
        #expect(bench.audience.heldCount == 0)
    }

    @Test func whatThePageHoldsDoesNotComeTwiceAndItsEffectsCountOnce() throws {
        var bench = Bench()
        bench.audience.open(0, Parts.caller(Parts.ana))
        bench.give(
            Parts.event(1, .leaves([Parts.ana])), Parts.event(0, durability: .state, text: "old"), Parts.event(2),
            Parts.event(0, durability: .state, after: 2, text: "new"))
        let held = bench.audience.complete(0, reached: 2, [Parts.lobby])
        let given = try #require(held)
        #expect(given.map { String(decoding: $0.json, as: UTF8.self) } == ["new"])
        bench.give(Parts.event(3))
        #expect(bench.received[0] == ["3"])
    }

    @Test func aCursorDoesNotMoveBackBehindThePageThatWasFaster() throws {
        func cursor(_ event: String, _ seq: Int) -> Envelope {
            let json = #"{"event":"\#(event)","conversation":"c","user":"ben","seq":\#(seq)}"#
            return Parts.event(0, durability: .state, text: json)
        }
        var bench = Bench()
        bench.audience.open(0, Parts.caller(Parts.ana))
        bench.give(cursor("read", 5), cursor("received", 5), cursor("read", 10), cursor("read", 11))
        let held = bench.audience.complete(0, reached: 0, [Parts.lobby], states: [cursor("read", 10).json])
        let given = try #require(held)
        #expect(given.map(\.json) == [cursor("received", 5).json, cursor("read", 11).json])
    }

    @Test func whatHappenedBeforeSomebodyHadCaughtUpGoesToTheOthersOnly() {
        var bench = Bench()
        bench.live(0, Parts.ana)
        bench.live(1, Parts.ben, reached: 2)
        bench.live(2, Parts.chloe, reached: 2, .service)
        bench.give(
            Parts.event(1), Parts.event(0, after: 1, text: "typing"), Parts.event(2),
            Parts.event(0, durability: .state, after: 1, text: "old"),
            Parts.event(0, durability: .state, after: 2, text: "new"))
        #expect(bench.received == [0: ["1", "typing", "2", "old", "new"], 1: ["new"], 2: ["new"]])
    }

    @Test func whatNoLongerFitsIsCaughtUpOnAgain() {
        var bench = Bench()
        bench.audience.open(0, Parts.caller(Parts.ana))
        for offset in 1...UInt64(HeldEvents.countMax + 10) { bench.give(Parts.event(offset)) }
        #expect(bench.audience.heldCount == HeldEvents.countMax)
        #expect(bench.audience.complete(0, reached: 5, [Parts.lobby]) == nil)
        let given = bench.audience.complete(0, reached: UInt64(HeldEvents.countMax + 10), [Parts.lobby])
        #expect(given?.isEmpty == true)
    }

    @Test func nothingIsLeftOfWhoIsGone() {
        var delivery = Delivery()
        var dispatch = Dispatch()
        #expect(delivery.open(0, Parts.caller(Parts.ana)) == true)
        #expect(delivery.open(1, Parts.caller(Parts.ben)) == false)
        _ = delivery.complete(0, reached: 0, [Parts.lobby])
        #expect(delivery.close(0) == nil)
        #expect(delivery.close(0) == nil)
        #expect(delivery.slots(of: Parts.acme) == [1])
        #expect(delivery.close(1) == Parts.acme)
        delivery.dispatch([Parts.event(1)], of: Parts.acme, cursor: 1, into: &dispatch)
        #expect(dispatch.writes.isEmpty && delivery.mark(0) == nil)
        // The slot belongs to somebody else now.
        #expect(delivery.open(0, Parts.caller(Parts.chloe)) == true)
        _ = delivery.complete(0, reached: 1, [Parts.attic])
        delivery.dispatch([Parts.event(2)], of: Parts.acme, cursor: 2, into: &dispatch)
        #expect(dispatch.writes.isEmpty)
    }

    /// Against the rule itself, user by user and event by event, with batches of any size.
    @Test(arguments: 0..<60) func itAgreesWithTheRuleAppliedOneByOne(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bench = Bench()
        let conversations = (0..<4).map { Parts.conversation(UInt64($0)) }
        var members: [ConversationID: Set<Int>] = [:]
        var expected: [Int: [String]] = [:]
        for number in 0..<8 {
            let own = conversations.filter { _ in Bool.random(using: &random) }
            for conversation in own { members[conversation, default: []].insert(number) }
            bench.live(number, Parts.user(number), in: own)
        }
        var offset: UInt64 = 0
        for _ in 0..<40 {
            var events: [Envelope] = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                offset += 1
                let conversation = conversations[Int.random(in: 0..<4, using: &random)]
                let someone = Int.random(in: 0..<8, using: &random)
                var effect = Envelope.Effect.none
                var except: [UserID] = []
                var hiddenFor: [UserID] = []
                switch Int.random(in: 0..<8, using: &random) {
                case 0: effect = .joins([Parts.user(someone)])
                case 1: effect = .leaves([Parts.user(someone)])
                case 2: except = [Parts.user(someone)]
                case 3: hiddenFor = [Parts.user(someone)]
                default: break
                }
                if case .joins = effect { members[conversation, default: []].insert(someone) }
                for member in members[conversation] ?? [] {
                    if except.contains(Parts.user(member)) { continue }
                    let isHidden = hiddenFor.contains(Parts.user(member))
                    expected[member, default: []].append(isHidden ? "hidden \(offset)" : "\(offset)")
                }
                if case .leaves = effect { members[conversation]?.remove(someone) }
                events.append(
                    Parts.event(
                        offset, to: .conversation(conversation), effect, except: except, hiddenFor: hiddenFor))
            }
            bench.audience.dispatch(events, cursor: offset, into: &bench.dispatch)
            bench.collect()
        }
        #expect(bench.received == expected)
    }
}
