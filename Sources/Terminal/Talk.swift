internal import Foundation
import Wire
import Workload

/// Performs what `Chat` decides: between the keyboard, the screen and the connection.
actor Talk {
    private let screen: Screen
    private var chat: Chat
    private var editor = LineEditor()
    private var piped: [UInt8] = []
    private var client: ChatClient?
    private var outcome = ConnectOutcome.done
    private var isConnectedOnce = false
    private let clock = ContinuousClock()

    init(screen: Screen, wanted: String?) {
        self.screen = screen
        chat = Chat(isInteractive: screen.isInteractive, wanted: wanted) {
            var random = SystemRandomNumberGenerator()
            let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
            return .fresh(at: now, using: &random)
        }
    }

    /// Until the talk ends.
    func run(_ client: ChatClient) async -> ConnectOutcome {
        self.client = client
        let (chunks, taken) = Keyboard.chunks()
        let typing = Task {
            for await chunk in chunks {
                await self.typed(chunk)
                taken()
            }
            await self.inputEnded()
        }
        await client.run()
        typing.cancel()
        return outcome
    }

    func noticed(_ notice: ClientSession.Notice) async {
        switch notice {
        case .greeted: isConnectedOnce = true
        case .lost(let reason, _) where !isConnectedOnce:
            outcome = .unreachable(reason)
            await client?.stop()
            return
        case .ended(let reason): outcome = .refused(reason)
        default: break
        }
        await perform(chat.noticed(notice))
    }

    private func typed(_ bytes: [UInt8]) async {
        guard screen.isInteractive else { return await piped(bytes) }
        for edit in editor.typed(bytes) {
            switch edit {
            case .changed:
                let isCommand = editor.line.hasPrefix("/")
                await perform(chat.typed(isEmpty: editor.line.isEmpty || isCommand, now: clock.now))
            case .entered(let line): await perform(chat.entered(line))
            case .quit: await perform([.quit])
            }
        }
    }

    private func piped(_ bytes: [UInt8]) async {
        piped += bytes
        while let end = piped.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: piped[..<end], as: UTF8.self)
            piped.removeFirst(end + 1)
            await perform(chat.entered(line))
        }
        // No message is so long: what has no line end by then is no text.
        if piped.count > Limits.frameBytes { piped = [] }
    }

    /// Leaves when everything that was typed is acknowledged.
    private func inputEnded() async {
        if !piped.isEmpty { await perform(chat.entered(String(decoding: piped, as: UTF8.self))) }
        while await isBusy() {
            guard (try? await clock.sleep(for: .milliseconds(20))) != nil else { return }
        }
        await perform([.quit])
    }

    private func isBusy() async -> Bool {
        guard let client else { return false }
        let unacknowledged = await client.unacknowledged
        return !isConnectedOnce || chat.isWaiting || unacknowledged > 0
    }

    private func perform(_ actions: [Chat.Action]) async {
        var lines: [String] = []
        for action in actions { if case .show(let line) = action { lines.append(line) } }
        screen.show(lines, prompt: chat.prompt, typed: editor.line)
        for action in actions {
            switch action {
            case .show: break
            case .submit(let ref, let command):
                await client?.submit(command.op, ref: ref) { command.write(to: &$0) }
            case .typing(let conversation, let isActive):
                await client?.signal(.typing) {
                    $0.field("conversation", conversation)
                    $0.field("active", isActive)
                }
            case .quit: await client?.stop()
            }
        }
    }
}
