internal import Foundation
internal import Gateway
internal import Operations
internal import Registry
internal import Supervisor
internal import Wire

/// `parley up --demo`: a tenant with four people and two conversations, made through the front door. All ids are fixed
/// and every command is safe to repeat, so running it again changes nothing.
struct Demo: Sendable {
    private static let people = [("ana", "Ana"), ("ben", "Ben"), ("chloe", "Chloe"), ("dev", "Dev")]
    private static let group = "019a0000-0000-7000-8000-000000000001"
    private static let messages = [
        ("ana", "019a0000-0000-7000-8000-000000000011", "Welcome to the demo. Everyone in here can see this."),
        ("ben", "019a0000-0000-7000-8000-000000000012", "Hi! Write something: we all have it at once."),
        ("chloe", "019a0000-0000-7000-8000-000000000013", "Typing and read marks work too."),
    ]
    private static let whisper = ("019a0000-0000-7000-8000-000000000014", "Just the two of us, Ana.")

    /// Why the demo is not what it should be.
    private struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    private let tokens: Tokens
    /// What gateways sign people in with.
    let file: String

    /// Makes the tenant where there is none, and the file for its gateways.
    init(data: DataOptions) throws {
        let registry = try data.makeRegistry()
        guard let slug = TenantSlug("demo") else { throw Unexpected(description: "no slug") }
        if try registry.tenant(slug) == nil { try registry.create(slug, name: "Demo") }
        tokens = try Tokens(of: slug, in: registry)
        let folder = data.path + "/run"
        file = folder + "/demo.json"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Self.makeSignIn(file, slug, registry)
    }

    /// A key for this run alone: the tenant knows its public half, and the other one ends with the run. One that is there
    /// stays, since another `parley up` may be running with it.
    private static func makeSignIn(_ file: String, _ slug: TenantSlug, _ registry: TenantRegistry) throws {
        let known = try registry.keys(of: slug).first { $0.id == DemoSignIn.keyID }
        if let known, let signIn = try? DemoSignIn(file: file),
            try signIn.publicKey() == String(decoding: known.material, as: UTF8.self)
        {
            return
        }
        let signIn = DemoSignIn(tenant: slug.text, people: people.map { DemoSignIn.Person(id: $0.0, name: $0.1) })
        if known != nil { try registry.removeKey(DemoSignIn.keyID, from: slug) }
        let material = Array(try signIn.publicKey().utf8)
        try registry.addKey(
            TenantRecord.Key(id: DemoSignIn.keyID, algorithm: .es256, material: material), to: slug)
        try signIn.write(file: file)
    }

    /// - Returns: nil, or why it did not go through.
    func seed(_ gateway: Address) -> String? {
        do {
            for (id, name) in Self.people {
                _ = try run(["op": "user.update", "name": name], as: id, gateway)
            }
            let everyone = Self.people.map(\.0)
            _ = try run(
                [
                    "op": "conversation.create", "kind": "group", "id": Self.group, "title": "Lobby",
                    "members": everyone,
                ], as: "ana", gateway)
            for (sender, id, text) in Self.messages {
                _ = try run(
                    ["op": "message.send", "conversation": Self.group, "id": id, "text": text], as: sender, gateway)
            }
            let direct = try run(
                ["op": "conversation.create", "kind": "direct", "members": ["ana"]], as: "ben", gateway)
            guard let conversation = direct["conversation"] as? [String: Any], let id = conversation["id"] as? String
            else { return "conversation.create gave no conversation" }
            _ = try run(
                ["op": "message.send", "conversation": id, "id": Self.whisper.0, "text": Self.whisper.1],
                as: "ben", gateway)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func run(_ command: [String: Any], as user: String, _ gateway: Address) throws -> [String: Any] {
        let name = Self.people.first { $0.0 == user }?.1
        guard let id = UserID(user) else { throw Unexpected(description: "no user \(user)") }
        let now = Int64(Date().timeIntervalSince1970)
        let token = try tokens.token(for: id, name: name, role: .user, ttl: .seconds(60), now: now)
        let body = String(decoding: try JSONSerialization.data(withJSONObject: command), as: UTF8.self)
        let headers = ["Authorization": "Bearer \(token)", "Content-Type": "application/json"]
        let call = HTTPCall(method: "POST", path: "/v1/ops", headers: headers, body: body)
        let what = command["op"] ?? ""
        guard let answer = call.send(to: gateway, timeout: .seconds(10)) else {
            throw Unexpected(description: "\(what): no answer from \(gateway)")
        }
        guard answer.status == 200,
            let reply = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        else { throw Unexpected(description: "\(what): \(answer.status) \(answer.body)") }
        return reply
    }

    /// What to do next, good to copy into a terminal that is somewhere else.
    ///
    /// - Parameters:
    ///   - program: as it was started.
    ///   - page: its address.
    static func hints(program: String, data: String, page: String) -> String {
        let isPath = program.contains("/")
        let command = quoted(isPath ? URL(fileURLWithPath: program).standardizedFileURL.path : program)
        let connect = "\(command) connect --data \(quoted(data)) --tenant demo --user"
        return """

            Open \(page)/ and choose who you are; in a second window be someone else.

            The demo tenant has four people (ana, ben, chloe, dev) and two conversations: the
            group «Lobby», and ana with ben. For a chat in terminals, open two and type

                \(connect) ana
                \(connect) ben

            /help in there lists what you can do. Ctrl-C here stops everything; the data stays.
            """
    }

    /// A word of a shell's command line.
    private static func quoted(_ text: String) -> String {
        let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+:@".contains($0)) }
        return plain && !text.isEmpty ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
