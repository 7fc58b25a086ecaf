/// Takes what people wrote out of an event's JSON.
enum TextRemoval {
    /// The same JSON with every `text` in it, at any depth, emptied; nothing else changes.
    ///
    /// - Parameter json: as `JSONWriter` writes it.
    static func emptied(_ json: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(json.count)
        var place = 0
        var isText = false
        while place < json.count {
            guard json[place] == UInt8(ascii: "\"") else {
                kept.append(json[place])
                place += 1
                continue
            }
            let end = endOfString(in: json, from: place)
            let content = json[place + 1..<max(place + 1, end - 1)]
            let isKey = end < json.count && json[end] == UInt8(ascii: ":")
            if isText, !isKey {
                kept.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "\"")])
            } else {
                kept.append(contentsOf: json[place..<end])
            }
            isText = isKey && content.elementsEqual("text".utf8)
            place = end
        }
        return kept
    }

    /// Behind the closing quote of the string that opens at `start`; the end where it never closes.
    private static func endOfString(in json: [UInt8], from start: Int) -> Int {
        var place = start + 1
        while place < json.count {
            switch json[place] {
            case UInt8(ascii: "\\"): place += 2
            case UInt8(ascii: "\""): return place + 1
            default: place += 1
            }
        }
        return json.count
    }
}
