import Testing
import Wire
import Workload

@testable import Terminal

@Suite struct ChatTests {
    static let plans = "00000000-0000-4000-8000-000000000001"
    static let other = "00000000-0000-4000-8000-000000000002"

    /// A chat as Ana's terminal has it, in her group «Plans».
    struct Ana {
        var chat: Chat
        var refs: [String: ChatCommand] = [:]

        init(isInteractive: Bool = false, wanted: String? = nil) {
            chat = Chat(isInteractive: isInteractive, wanted: wanted) { UUIDBits(high: 0, low: 1) }
        }

        static func inPlans(isInteractive: Bool = false) -> Ana {
            var ana = Ana(isInteractive: isInteractive)
            _ = ana.greet()
            _ = ana.answer(.conversations, #"{"ok":true,"conversations":[\#(conversation(plans, "Plans"))]}"#)
            _ = ana.answer(.newest(conversation: plans), #"{"ok":true,"messages":[]}"#)
            return ana
        }

        static func conversation(_ id: String, _ title: String) -> String {
            #"{"id":"\#(id)","kind":"group","title":"\#(title)","unread":0}"#
        }

        mutating func greet(resumed: Bool = false) -> [Chat.Action] {
            let hello = tree(#"{"user":{"id":"ana","name":"Ana"}}"#)
            return note(chat.noticed(.greeted(hello, resumed: resumed)))
        }

        mutating func event(_ json: String) -> [Chat.Action] { note(chat.noticed(.event(tree(json)))) }

        mutating func message(_ seq: Int, by sender: String = "ben", _ text: String, in id: String = plans) -> [Chat
            .Action]
        {
            event(
                #"{"event":"message.created","offset":\#(seq),"conversation":"\#(id)","seq":\#(seq),"message":{"seq":\#(seq),"#
                    + #""sender":"\#(sender)","at":"2026-01-31T10:33:00.000Z","text":"\#(text)"}}"#)
        }

        /// Answers the one open command that is equal to `command`.
        mutating func answer(_ command: ChatCommand, _ json: String) -> [Chat.Action] {
            guard let ref = refs.first(where: { $0.value == command })?.key else {
                Issue.record("\(command) was not asked: \(refs)")
                return []
            }
            refs[ref] = nil
            return note(chat.noticed(.answered(ref: ref, tree(json))))
        }

        mutating func enter(_ line: String) -> [Chat.Action] { note(chat.entered(line)) }

        private mutating func note(_ actions: [Chat.Action]) -> [Chat.Action] {
            for action in actions { if case .submit(let ref, let command) = action { refs[ref] = command } }
            return actions
        }

        private func tree(_ json: String) -> JSONTree { JSONTree(Array(json.utf8)) ?? .null }
    }

    static func lines(_ actions: [Chat.Action]) -> [String] {
        actions.compactMap { if case .show(let line) = $0 { line } else { nil } }
    }

    static func commands(_ actions: [Chat.Action]) -> [ChatCommand] {
        actions.compactMap { if case .submit(_, let command) = $0 { command } else { nil } }
    }

    @Test func theNewestConversationIsEnteredAndItsHistoryShown() {
        var ana = Ana()
        #expect(Self.commands(ana.greet()) == [.conversations])
        let list = #"{"ok":true,"conversations":[\#(Ana.conversation(Self.plans, "Plans"))]}"#
        let entered = ana.answer(.conversations, list)
        #expect(Self.lines(entered) == ["* in Plans"])
        #expect(Self.commands(entered) == [.newest(conversation: Self.plans)])
        let history = #"{"ok":true,"messages":[{"seq":1,"sender":"ana","at":"2026-01-31T10:33:00.000Z","text":"hi"}]}"#
        let shown = ana.answer(.newest(conversation: Self.plans), history)
        #expect(Self.lines(shown) == ["#1 10:33 you: hi  ✓"])
        #expect(Self.commands(shown) == [.read(conversation: Self.plans, seq: 1)])
        #expect(ana.chat.prompt == "Plans > ")
    }

    @Test func linesTypedBeforeTheConversationsAreKnownGoToWhereOneIs() {
        var ana = Ana()
        #expect(ana.enter("too early") == [])
        _ = ana.greet()
        let list = #"{"ok":true,"conversations":[\#(Ana.conversation(Self.plans, "Plans"))]}"#
        let commands = Self.commands(ana.answer(.conversations, list))
        let id = MessageID(bits: UUIDBits(high: 0, low: 1))
        #expect(commands.last == .send(conversation: Self.plans, id: id, text: "too early"))
        #expect(!ana.chat.isWaiting)
    }

    @Test func linesTypedWhileAConversationIsMadeGoThere() {
        var ana = Ana.inPlans()
        _ = ana.enter("/direct ben")
        #expect(ana.enter("hi ben") == [])
        let made = #"{"ok":true,"conversation":\#(Ana.conversation(Self.other, "Ben"))}"#
        let id = MessageID(bits: UUIDBits(high: 0, low: 1))
        let commands = Self.commands(ana.answer(.direct(user: "ben"), made))
        #expect(commands.last == .send(conversation: Self.other, id: id, text: "hi ben"))
    }

    @Test func aLiveMessageIsShownOnceAndMarkedRead() {
        var ana = Ana.inPlans()
        let actions = ana.message(1, "hello")
        #expect(Self.lines(actions) == ["#1 10:33 ben: hello"])
        #expect(Self.commands(actions) == [.user("ben"), .read(conversation: Self.plans, seq: 1)])
        #expect(Self.lines(ana.message(1, "hello")) == [])
    }

    @Test func readingIsOneCommandAtATimeForTheNewestPlace() {
        var ana = Ana.inPlans()
        _ = ana.message(1, "a")
        #expect(Self.commands(ana.message(2, "b")) == [])
        #expect(Self.commands(ana.message(3, "c")) == [])
        let next = ana.answer(.read(conversation: Self.plans, seq: 1), #"{"ok":true}"#)
        #expect(Self.commands(next) == [.read(conversation: Self.plans, seq: 3)])
    }

    @Test func messagesThatComeWhileTheHistoryIsReadStayInOrder() {
        var ana = Ana()
        _ = ana.greet()
        _ = ana.answer(.conversations, #"{"ok":true,"conversations":[\#(Ana.conversation(Self.plans, "Plans"))]}"#)
        #expect(ana.message(3, "live") == [])
        let history =
            #"{"ok":true,"messages":[{"seq":2,"sender":"ben","text":"old"},{"seq":3,"sender":"ben","text":"live"}]}"#
        let shown = Self.lines(ana.answer(.newest(conversation: Self.plans), history))
        #expect(shown.map { $0.prefix(2) } == ["#2", "#3"])
    }

    @Test func othersCantWriteOnTheTerminal() {
        var ana = Ana.inPlans()
        let lines = Self.lines(ana.message(1, #"\u001b[2J\u202eevil\nsecond"#))
        #expect(lines == ["#1 10:33 ben: \u{FFFD}[2J\u{FFFD}evil ⏎ second"])
    }

    @Test func elsewhereAMessageIsNamedAndCounted() {
        var ana = Ana.inPlans()
        let added =
            #"{"event":"member.added","offset":1,"conversation":"\#(Self.other)","users":["ana"],"#
            + #""details":\#(Ana.conversation(Self.other, "Side"))}"#
        #expect(Self.lines(ana.event(added)) == ["* you joined: Side"])
        let actions = ana.message(1, "psst", in: Self.other)
        #expect(Self.lines(actions) == ["[Side] #1 10:33 ben: psst"])
        #expect(Self.commands(actions).contains(.received(conversation: Self.other, seq: 1)))
        #expect(Self.lines(ana.enter("/list")) == ["  1  Side  (1 unread)", "* 2  Plans"])
    }

    @Test func typingShowsAsALineOrInThePrompt() {
        let event = #"{"event":"typing","conversation":"\#(Self.plans)","user":"ben","active":true}"#
        var piped = Ana.inPlans()
        #expect(Self.lines(piped.event(event)) == ["* ben is typing"])
        #expect(Self.lines(piped.event(event)) == [])
        var seen = Ana.inPlans(isInteractive: true)
        #expect(Self.lines(seen.event(event)) == [])
        #expect(seen.chat.prompt == "Plans (ben typing…) > ")
        _ = seen.event(event.replacing("true", with: "false"))
        #expect(seen.chat.prompt == "Plans > ")
    }

    @Test func ownTypingIsToldAgainOnlyAfterAWhile() {
        var ana = Ana.inPlans(isInteractive: true)
        let now = ContinuousClock().now
        let on = Chat.Action.typing(conversation: Self.plans, isActive: true)
        #expect(ana.chat.typed(isEmpty: false, now: now) == [on])
        #expect(ana.chat.typed(isEmpty: false, now: now + .seconds(2)) == [])
        #expect(ana.chat.typed(isEmpty: false, now: now + .seconds(3)) == [on])
        #expect(
            ana.chat.typed(isEmpty: true, now: now + .seconds(4)) == [
                .typing(conversation: Self.plans, isActive: false)
            ])
        #expect(ana.chat.typed(isEmpty: true, now: now + .seconds(5)) == [])
    }

    @Test func readTicksAreShown() {
        var ana = Ana.inPlans()
        let event = #"{"event":"read","conversation":"\#(Self.plans)","user":"ben","seq":4}"#
        #expect(Self.lines(ana.event(event)) == ["✓✓ ben has read up to 4"])
        #expect(Self.lines(ana.event(event.replacing("ben", with: "ana"))) == [])
    }

    @Test(arguments: [
        (#"/new "Trip to Rome" ben chloe"#, ["/new", "Trip to Rome", "ben", "chloe"]),
        ("/direct ben", ["/direct", "ben"]),
        ("a  b", ["a", "b"]), (#"/new "" x"#, ["/new", "", "x"]), (#""open"#, ["open"]),
    ])
    func linesAreSplitAtSpacesOutsideQuotes(line: String, words: [String]) {
        #expect(Chat.words(line) == words)
    }

    @Test func slashCommandsBecomeOps() {
        var ana = Ana.inPlans()
        let id = ConversationID(bits: UUIDBits(high: 0, low: 1))
        let cases: [(String, ChatCommand)] = [
            ("/new Trip ben", .group(id: id, title: "Trip", members: ["ben"])), ("/direct ben", .direct(user: "ben")),
            ("/who", .members(conversation: Self.plans)),
            ("/add ben chloe", .add(conversation: Self.plans, users: ["ben", "chloe"])),
            ("/remove ben", .remove(conversation: Self.plans, users: ["ben"])), ("/block ben", .block(user: "ben")),
            ("/title New name", .rename(conversation: Self.plans, title: "New name")),
            ("/leave", .leave(conversation: Self.plans)),
            ("/history 20", .lookBack(conversation: Self.plans, before: 20)), ("/find Ben R", .people(query: "Ben R")),
            ("//not a command", .send(conversation: Self.plans, id: MessageID(bits: id.bits), text: "/not a command")),
        ]
        for (line, command) in cases {
            #expect(Self.commands(ana.enter(line)) == [command])
            _ = ana.answer(command, #"{"ok":false}"#)
        }
        #expect(ana.enter("/quit") == [.quit])
        #expect(Self.lines(ana.enter("/help")).count > 5)
        #expect(Self.lines(ana.enter("/nonsense")) == ["! /nonsense is no command; /help lists them"])
        #expect(ana.enter("   ") == [])
    }

    @Test func commandsAreWrittenAsTheContractHasThem() {
        let id = MessageID(bits: UUIDBits(high: 0, low: 1))
        let cases: [(ChatCommand, String)] = [
            (.send(conversation: Self.plans, id: id, text: "a\"b"), "messageSend"),
            (.direct(user: "ben"), "conversationCreate"),
            (.read(conversation: Self.plans, seq: 3), "cursorMove"), (.newest(conversation: Self.plans), "messageList"),
            (.add(conversation: Self.plans, users: ["ben"]), "memberAdd"), (.people(query: "b"), "userSearch"),
        ]
        for (command, kind) in cases {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("op", command.op.rawValue)
            command.write(to: &writer)
            writer.endObject()
            // The strict parser of the server takes it.
            guard case .frame(let frame) = Frame.parse(writer.bytes) else {
                Issue.record("\(command) is not understood")
                continue
            }
            #expect("\(frame.command)".contains(kind))
        }
    }

    @Test func aRefusalIsShownAndNothingBreaks() {
        var ana = Ana.inPlans()
        _ = ana.enter("/who")
        let lines = Self.lines(
            ana.answer(.members(conversation: Self.plans), #"{"ok":false,"error":{"message":"No.","field":"x"}}"#))
        #expect(lines == ["! conversation.members: No. (x)"])
    }

    @Test func aLostConnectionIsToldOnceAndWhatChangedIsReadAgain() {
        var ana = Ana.inPlans()
        #expect(Self.lines(ana.chat.noticed(.lost(reason: "gone", retry: .zero))).count == 1)
        #expect(Self.lines(ana.chat.noticed(.lost(reason: "gone", retry: .zero))) == [])
        #expect(ana.chat.prompt == "(connecting) > ")
        #expect(Self.commands(ana.greet(resumed: true)) == [])
        #expect(Self.commands(ana.greet(resumed: false)) == [.conversations])
    }

    @Test func beingRemovedLeavesTheConversation() {
        var ana = Ana.inPlans()
        _ = ana.event(#"{"event":"member.removed","offset":9,"conversation":"\#(Self.plans)","users":["ana"]}"#)
        #expect(ana.chat.current == nil)
        #expect(Self.lines(ana.enter("hello?")).first?.hasPrefix("! you are in no conversation") == true)
    }
}
