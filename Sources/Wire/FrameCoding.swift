/// What a client's text frame, or the body of `POST /v1/ops`, turns out to be.
public enum ParsedFrame: Equatable, Sendable {
    case frame(Frame)
    /// A JSON object against the contract: the reply carries `ref` where the object has a legal one.
    case refused(ref: String?, Refusal)
    /// Not a JSON object, or not UTF-8: close 4000.
    case broken
}

extension Frame {
    /// Reads a frame of any bytes, in one pass and in time that grows with their count alone. The caller has refused
    /// what is over `Limits.frameBytes`.
    public static func parse(_ bytes: [UInt8]) -> ParsedFrame {
        var fields: Fields
        do { fields = try Fields(bytes) } catch { return .broken }
        let fault = fields.fault
        let ref: String?
        do throws(Refusal) {
            // A `ref` that is itself at fault can't be sent back as it came.
            ref = try fault?.field == "ref" ? nil : fields.ref()
        } catch {
            return .refused(ref: nil, fault ?? error)
        }
        if let fault { return .refused(ref: ref, fault) }
        do throws(Refusal) {
            let op = try fields.op()
            let actingAs = op.route == .session ? nil : try fields.optionalUser("as")
            let command = try Command(op, &fields)
            try fields.finish()
            return .frame(Frame(ref: ref, actingAs: actingAs, command: command))
        } catch {
            return .refused(ref: ref, error)
        }
    }
}

extension Frame {
    /// The frame as a client sends it, in the table's order and without what is left out anyway; parsing it gives the
    /// same frame.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("op", command.op.rawValue)
        writer.field("ref", ref)
        writer.field("as", actingAs?.text)
        command.write(to: &writer)
        writer.endObject()
        return writer.bytes
    }
}

extension Command {
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .write(let write): write.write(to: &writer)
        case .query(let query): query.write(to: &writer)
        case .signal(.typing(let typing)): typing.write(to: &writer)
        case .presence(.set(let set)): set.write(to: &writer)
        case .presence(.watch(let watch)): watch.write(to: &writer)
        case .session(.hello(let hello)): hello.write(to: &writer)
        case .session(.ping): break
        case .session(.tokenRefresh(let refresh)): refresh.write(to: &writer)
        }
    }
}

extension Write {
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .messageSend(let send): send.write(to: &writer)
        case .messageDelete(let delete): delete.write(to: &writer)
        case .cursorMove(let move): move.write(to: &writer)
        case .conversationCreate(let create): create.write(to: &writer)
        case .conversationUpdate(let update): update.write(to: &writer)
        case .conversationLeave(let leave): leave.write(to: &writer)
        case .preferenceSet(let set): set.write(to: &writer)
        case .pushSubscribe(let subscribe): subscribe.write(to: &writer)
        case .pushUnsubscribe(let unsubscribe): unsubscribe.write(to: &writer)
        case .memberAdd(let add): add.write(to: &writer)
        case .memberRemove(let remove): remove.write(to: &writer)
        case .memberRole(let set): set.write(to: &writer)
        case .blockAdd(let add): add.write(to: &writer)
        case .blockRemove(let remove): remove.write(to: &writer)
        case .userUpdate(let update): update.write(to: &writer)
        }
    }
}

extension Query {
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .messageGet(let get): get.write(to: &writer)
        case .messageList(let list): list.write(to: &writer)
        case .conversationList(let list): list.write(to: &writer)
        case .conversationGet(let get): get.write(to: &writer)
        case .conversationMembers(let members): members.write(to: &writer)
        case .blockList: break
        case .userGet(let get): get.write(to: &writer)
        case .userSearch(let search): search.write(to: &writer)
        case .fileLinks(let links): links.write(to: &writer)
        }
    }
}
