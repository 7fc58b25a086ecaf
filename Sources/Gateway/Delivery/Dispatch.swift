internal import NIOCore
internal import Wire

/// One round of handing out events on one event loop: who gets which frames, so that each connection is written to
/// once, and frames that many get are made once.
struct Dispatch {
    /// Frames in order for one connection, to be written without a flush between them.
    struct Write: Equatable {
        let slot: Int
        let bytes: ByteBuffer
        /// How many events.
        let count: Int
        /// Where they come from: an item, and one of its spans; nil: all of them.
        fileprivate let item: Int
        fileprivate let span: Int?
    }

    /// Frames that always go together: a single event's, or all of one conversation's in this round.
    struct Item {
        struct Span {
            /// The event's place in the round.
            let order: Int
            let offset: UInt64
            let range: Range<Int>
        }

        let bytes: ByteBuffer
        let spans: [Span]
    }

    private struct Link {
        let item: Int
        let next: Int
    }

    private var items: [Item] = []
    /// By slot: the first link of what the connection gets, newest first; -1: nothing.
    private var heads: [Int] = []
    private var links: [Link] = []
    private var touched: [Int] = []
    /// In no order of connections; those of one connection stand together, in order.
    private(set) var writes: [Write] = []

    /// Adds the frames of events that go together, given with their places in the round.
    ///
    /// - Returns: the item's number, for `give`.
    mutating func add(_ events: some Collection<(order: Int, offset: UInt64, json: [UInt8])>) -> Int {
        let capacity = events.reduce(0) { $0 + $1.json.count + WebSocketFrame.headerBytesMax }
        var bytes = ByteBufferAllocator().buffer(capacity: capacity)
        var spans: [Item.Span] = []
        spans.reserveCapacity(events.count)
        for event in events {
            let start = bytes.writerIndex
            WebSocketFrame.append(.text, event.json, to: &bytes)
            spans.append(Item.Span(order: event.order, offset: event.offset, range: start..<bytes.writerIndex))
        }
        items.append(Item(bytes: bytes, spans: spans))
        return items.count - 1
    }

    mutating func give(_ item: Int, to slot: Int) {
        if slot >= heads.count { heads.append(contentsOf: repeatElement(-1, count: slot + 1 - heads.count)) }
        if heads[slot] < 0 { touched.append(slot) }
        links.append(Link(item: item, next: heads[slot]))
        heads[slot] = links.count - 1
    }

    /// Makes the writes of everything given since the last time.
    ///
    /// - Parameter positions: of connections that have had durable events up to there already.
    mutating func finish(positions: [Int: UInt64]) {
        for slot in touched {
            let head = heads[slot]
            heads[slot] = -1
            if links[head].next < 0, positions.isEmpty || positions[slot] == nil {
                writes.append(whole(links[head].item, to: slot))
            } else {
                merge(from: head, to: slot, after: positions[slot] ?? 0)
            }
        }
        links.removeAll(keepingCapacity: true)
        touched.removeAll(keepingCapacity: true)
    }

    mutating func clear() {
        writes.removeAll(keepingCapacity: true)
        items.removeAll(keepingCapacity: true)
    }

    /// A write's events one by one, without their frames, for who wants no WebSocket. Until `clear`.
    func events(of write: Write) -> [GivenEvent] {
        let item = items[write.item]
        return (write.span.map { item.spans[$0...$0] } ?? item.spans[...]).compactMap { span in
            let headerBytes = WebSocketFrame.headerBytes(ofFrame: span.range.count)
            return item.bytes.getSlice(
                at: span.range.lowerBound + headerBytes, length: span.range.count - headerBytes
            ).map { GivenEvent(offset: span.offset, json: $0) }
        }
    }

    private func whole(_ item: Int, to slot: Int) -> Write {
        Write(slot: slot, bytes: items[item].bytes, count: items[item].spans.count, item: item, span: nil)
    }

    private mutating func merge(from head: Int, to slot: Int, after position: UInt64) {
        var numbers: [Int] = []
        var link = head
        while link >= 0 {
            numbers.append(links[link].item)
            link = links[link].next
        }
        if position == 0 {
            numbers.sort { items[$0].firstOrder < items[$1].firstOrder }
            let areApart = zip(numbers, numbers.dropFirst()).allSatisfy { items[$0].lastOrder < items[$1].firstOrder }
            if areApart {
                for number in numbers {
                    writes.append(whole(number, to: slot))
                }
                return
            }
        }
        var frames: [(span: Item.Span, item: Int, place: Int)] = []
        for number in numbers {
            for (place, span) in items[number].spans.enumerated() where span.offset == 0 || span.offset > position {
                frames.append((span, number, place))
            }
        }
        frames.sort { $0.span.order < $1.span.order }
        for (span, number, place) in frames {
            guard let slice = items[number].bytes.getSlice(at: span.range.lowerBound, length: span.range.count) else {
                continue
            }
            writes.append(Write(slot: slot, bytes: slice, count: 1, item: number, span: place))
        }
    }
}

extension Dispatch.Item {
    /// An item holds at least one event.
    var firstOrder: Int { spans.first?.order ?? 0 }
    var lastOrder: Int { spans.last?.order ?? 0 }
}
