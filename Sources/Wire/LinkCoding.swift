extension ToRouter {
    public var bytes: [UInt8] {
        switch self {
        case .open(let link, let gateway, let watched):
            var writer = BinaryWriter()
            writer.put(UInt8(1))
            writer.put(link)
            writer.put(gateway)
            writer.putList(watched) { $0.put($1.text) }
            return writer.bytes
        case .batch(let link, let number, let requests):
            var writer = BinaryWriter(capacity: 32 + requests.reduce(0) { $0 + $1.bytesEstimate })
            writer.put(UInt8(2))
            writer.put(link)
            writer.put(number)
            writer.putList(requests) { $1.write(to: &$0) }
            return writer.bytes
        }
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        switch try reader.byte() {
        case 1:
            self = .open(
                link: try reader.integer(), gateway: try reader.text(),
                watched: try reader.list { (reader) throws(BinaryFault) in try reader.tenant() })
        case 2:
            self = .batch(
                link: try reader.integer(), number: try reader.integer(),
                requests: try reader.list { (reader) throws(BinaryFault) in try Request(from: &reader) })
        default: throw BinaryFault("message to router")
        }
        try reader.finish()
    }
}

extension ToGateway {
    public var bytes: [UInt8] {
        switch self {
        case .opened(let link, let run):
            var writer = BinaryWriter(capacity: 17)
            writer.put(UInt8(1))
            writer.put(link)
            writer.put(run)
            return writer.bytes
        case .batch(let link, let number, let answers):
            var writer = BinaryWriter(capacity: 32 + answers.reduce(0) { $0 + $1.bytesEstimate })
            writer.put(UInt8(2))
            writer.put(link)
            writer.put(number)
            writer.putList(answers) { $1.write(to: &$0) }
            return writer.bytes
        case .reset(let link):
            var writer = BinaryWriter(capacity: 9)
            writer.put(UInt8(3))
            writer.put(link)
            return writer.bytes
        }
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        switch try reader.byte() {
        case 1: self = .opened(link: try reader.integer(), run: try reader.integer())
        case 2:
            self = .batch(
                link: try reader.integer(), number: try reader.integer(),
                answers: try reader.list { (reader) throws(BinaryFault) in try Answer(from: &reader) })
        case 3: self = .reset(link: try reader.integer())
        default: throw BinaryFault("message to gateway")
        }
        try reader.finish()
    }
}

extension Request {
    /// What a batch sets aside for it, so that its buffer seldom grows.
    fileprivate var bytesEstimate: Int {
        switch self {
        case .command(_, _, let json): json.count + 160
        case .present(_, let attending, _): 64 + attending.count * 96
        case .interest(_, let interest): 64 + interest.users.count * 32
        case .file(_, _, _, let request): request.bytesEstimate
        case .catchUp, .gone, .lookUp, .watch, .unwatch: 160
        }
    }

    fileprivate func write(to writer: inout BinaryWriter) {
        switch self {
        case .command(let id, let caller, let json):
            writer.put(UInt8(1))
            writer.put(id)
            caller.write(to: &writer)
            writer.put(json)
        case .catchUp(let id, let catchUp):
            writer.put(UInt8(2))
            writer.put(id)
            catchUp.write(to: &writer)
        case .gone(let tenant, let user):
            writer.put(UInt8(3))
            writer.put(tenant.text)
            writer.put(user.text)
        case .lookUp(let id, let tenant):
            writer.put(UInt8(4))
            writer.put(id)
            writer.put(tenant.text)
        case .watch(let tenant):
            writer.put(UInt8(5))
            writer.put(tenant.text)
        case .unwatch(let tenant):
            writer.put(UInt8(6))
            writer.put(tenant.text)
        case .present(let tenant, let attending, let isRenewal):
            writer.put(UInt8(7))
            writer.put(tenant.text)
            writer.putList(attending) { $1.write(to: &$0) }
            writer.put(isRenewal)
        case .interest(let tenant, let interest):
            writer.put(UInt8(8))
            writer.put(tenant.text)
            interest.write(to: &writer)
        case .file(let id, let caller, let user, let request):
            writer.put(UInt8(9))
            writer.put(id)
            caller.write(to: &writer)
            writer.putOptional(user) { $0.put($1.text) }
            request.write(to: &writer)
        }
    }

    fileprivate init(from reader: inout BinaryReader) throws(BinaryFault) {
        switch try reader.byte() {
        case 1:
            self = .command(id: try reader.integer(), caller: try Caller(from: &reader), json: try reader.blob())
        case 2: self = .catchUp(id: try reader.integer(), try CatchUp(from: &reader))
        case 3: self = .gone(tenant: try reader.tenant(), user: try reader.user())
        case 4: self = .lookUp(id: try reader.integer(), tenant: try reader.tenant())
        case 5: self = .watch(try reader.tenant())
        case 6: self = .unwatch(try reader.tenant())
        case 7:
            self = .present(
                tenant: try reader.tenant(),
                try reader.list { (reader) throws(BinaryFault) in try Attending(from: &reader) },
                isRenewal: try reader.flag())
        case 8: self = .interest(tenant: try reader.tenant(), try PresenceInterest(from: &reader))
        case 9:
            self = .file(
                id: try reader.integer(), caller: try Caller(from: &reader),
                actingAs: try reader.optional { (reader) throws(BinaryFault) in try reader.user() },
                try FileRequest(from: &reader))
        default: throw BinaryFault("request")
        }
    }
}

extension Answer {
    /// What a batch sets aside for it, so that its buffer seldom grows.
    fileprivate var bytesEstimate: Int {
        switch self {
        case .reply(_, _, let json): json.count + 16
        case .page(_, let page): page.events.reduce(256) { $0 + $1.json.count + 12 }
        case .presence(_, let news): news.reduce(64) { $0 + $1.json.count + 64 }
        case .file: 512
        case .refusedPage, .tenant, .tenantGone, .directoryComplete, .lookedUp: 64
        }
    }

    fileprivate func write(to writer: inout BinaryWriter) {
        switch self {
        case .reply(let id, let code, let json):
            writer.put(UInt8(1))
            writer.put(id)
            writer.put(code?.byte ?? 0)
            writer.put(json)
        case .page(let id, let page):
            writer.put(UInt8(2))
            writer.put(id)
            page.write(to: &writer)
        case .refusedPage(let id, let code):
            writer.put(UInt8(3))
            writer.put(id)
            writer.put(code.byte)
        case .tenant(let record):
            writer.put(UInt8(4))
            record.write(to: &writer)
        case .tenantGone(let tenant):
            writer.put(UInt8(5))
            writer.put(tenant.text)
        case .directoryComplete:
            writer.put(UInt8(6))
        case .lookedUp(let id):
            writer.put(UInt8(7))
            writer.put(id)
        case .presence(let tenant, let news):
            writer.put(UInt8(8))
            writer.put(tenant.text)
            writer.putList(news) { $1.write(to: &$0) }
        case .file(let id, let answer):
            writer.put(UInt8(9))
            writer.put(id)
            answer.write(to: &writer)
        }
    }

    fileprivate init(from reader: inout BinaryReader) throws(BinaryFault) {
        switch try reader.byte() {
        case 1:
            let id = try reader.integer(UInt64.self)
            let byte = try reader.byte()
            let code = Refusal.Code(byte: byte)
            guard code != nil || byte == 0 else { throw BinaryFault("code") }
            self = .reply(id: id, code: code, json: try reader.blob())
        case 2: self = .page(id: try reader.integer(), try CatchUpPage(from: &reader))
        case 3:
            let id = try reader.integer(UInt64.self)
            guard let code = Refusal.Code(byte: try reader.byte()) else { throw BinaryFault("code") }
            self = .refusedPage(id: id, code)
        case 4: self = .tenant(try TenantRecord(from: &reader))
        case 5: self = .tenantGone(try reader.tenant())
        case 6: self = .directoryComplete
        case 7: self = .lookedUp(id: try reader.integer())
        case 8:
            self = .presence(
                try reader.tenant(), try reader.list { (reader) throws(BinaryFault) in try PresenceNews(from: &reader) }
            )
        case 9: self = .file(id: try reader.integer(), try FileAnswer(from: &reader))
        default: throw BinaryFault("answer")
        }
    }
}

extension Caller {
    fileprivate func write(to writer: inout BinaryWriter) {
        writer.put(tenant.text)
        writer.put(user.text)
        writer.put(role.rawValue)
        writer.putOptional(profile.name) { $0.put($1) }
        writer.putOptional(profile.picture) { $0.put($1) }
    }

    fileprivate init(from reader: inout BinaryReader) throws(BinaryFault) {
        tenant = try reader.tenant()
        user = try reader.user()
        guard let role = Role(rawValue: try reader.byte()) else { throw BinaryFault("role") }
        self.role = role
        profile = Profile(name: try reader.optionalText(), picture: try reader.optionalText())
    }
}

extension CatchUp {
    fileprivate func write(to writer: inout BinaryWriter) {
        caller.write(to: &writer)
        writer.putOptional(since) { $0.put($1) }
        writer.putOptional(epoch) { $0.put($1) }
        writer.putOptional(statesSince) { $0.put($1) }
        writer.put(eventsMax)
        writer.put(bytesMax)
    }

    fileprivate init(from reader: inout BinaryReader) throws(BinaryFault) {
        caller = try Caller(from: &reader)
        since = try reader.optional { (reader) throws(BinaryFault) in try reader.integer() }
        epoch = try reader.optionalText()
        statesSince = try reader.optional { (reader) throws(BinaryFault) in try reader.integer() }
        eventsMax = try reader.integer()
        bytesMax = try reader.integer()
    }
}

extension CatchUpPage {
    fileprivate func write(to writer: inout BinaryWriter) {
        writer.put(epoch)
        writer.put(newest)
        writer.put(reached)
        writer.put(resumed)
        writer.put(complete)
        writer.put(user.id.text)
        writer.put(user.name)
        writer.putOptional(user.picture) { $0.put($1) }
        writer.putList(events) { writer, event in
            writer.put(event.offset)
            writer.put(event.json)
        }
        writer.putList(states) { $0.put($1) }
        writer.putList(conversations) { $0.put($1) }
    }

    fileprivate init(from reader: inout BinaryReader) throws(BinaryFault) {
        epoch = try reader.text()
        newest = try reader.integer()
        reached = try reader.integer()
        resumed = try reader.flag()
        complete = try reader.flag()
        user = User(id: try reader.user(), name: try reader.text(), picture: try reader.optionalText())
        events = try reader.list { (reader) throws(BinaryFault) in
            Event(offset: try reader.integer(), json: try reader.blob())
        }
        states = try reader.list { (reader) throws(BinaryFault) in try reader.blob() }
        conversations = try reader.list { (reader) throws(BinaryFault) in try reader.identifier() }
    }
}

extension TenantRecord {
    fileprivate func write(to writer: inout BinaryWriter) {
        writer.put(tenant.text)
        writer.put(name)
        writer.put(state.rawValue)
        writer.putList(origins) { $0.put($1) }
        writer.putList(keys) { writer, key in
            writer.put(key.id)
            writer.put(key.algorithm.rawValue)
            writer.put(key.material)
        }
        let changed = TenantSettings.Name.allCases.filter { settings.changed[$0] != nil }
        writer.putList(changed) { writer, name in
            writer.put(name.rawValue)
            writer.put(settings[name])
        }
        writer.putList(settings.lists.sorted { $0.key.rawValue < $1.key.rawValue }) { writer, list in
            writer.put(list.key.rawValue)
            writer.putList(list.value) { $0.put($1) }
        }
        writer.put(users: suspendedUsers)
        writer.put(linkKey)
    }

    fileprivate init(from reader: inout BinaryReader) throws(BinaryFault) {
        tenant = try reader.tenant()
        name = try reader.text()
        guard let state = State(rawValue: try reader.byte()) else { throw BinaryFault("state") }
        self.state = state
        origins = try reader.list { (reader) throws(BinaryFault) in try reader.text() }
        keys = try reader.list { (reader) throws(BinaryFault) in
            let id = try reader.text()
            guard let algorithm = Key.Algorithm(rawValue: try reader.text()) else { throw BinaryFault("algorithm") }
            return Key(id: id, algorithm: algorithm, material: try reader.blob())
        }
        var settings = TenantSettings()
        for (name, value) in try reader.list({ (reader) throws(BinaryFault) in try reader.setting() }) {
            settings[name] = value
        }
        for (name, list) in try reader.list({ (reader) throws(BinaryFault) in try reader.settingList() }) {
            settings[name] = list
        }
        self.settings = settings
        suspendedUsers = try reader.users()
        linkKey = try reader.blob()
    }
}

extension BinaryReader {
    fileprivate mutating func optionalText() throws(BinaryFault) -> String? {
        try optional { (reader) throws(BinaryFault) in try reader.text() }
    }

    fileprivate mutating func setting() throws(BinaryFault) -> (TenantSettings.Name, UInt64) {
        guard let name = TenantSettings.Name(rawValue: try text()) else { throw BinaryFault("setting") }
        return (name, try integer())
    }

    fileprivate mutating func settingList() throws(BinaryFault) -> (TenantSettings.ListName, [String]) {
        guard let name = TenantSettings.ListName(rawValue: try text()) else { throw BinaryFault("setting") }
        return (name, try list { (reader) throws(BinaryFault) in try reader.text() })
    }
}
