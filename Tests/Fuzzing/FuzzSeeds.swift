internal import Wire

extension FuzzTarget {
    /// Where to begin: one of each form that is legal, and a few that are not quite. Those of clients' frames are the
    /// golden fixtures.
    public var seeds: [[UInt8]] {
        switch self {
        case .frame, .json: Seeds.fixtures
        case .websocket: Seeds.sockets
        case .head: Seeds.texts(Seeds.heads)
        case .query: Seeds.texts(["since=12&epoch=e7&wait=25", "wait=0", "epoch=%65+7", "since=1&since=2", "x"])
        case .token: Seeds.texts(Seeds.tokens)
        case .multipart:
            Seeds.texts([
                "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n"
                    + "Hello\r\n--b--\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b\r\n"
                    + "Content-Disposition: form-data; filename=\"\"\r\n\r\n\r\n--b\r\n--b--",
            ])
        case .disposition:
            Seeds.texts([
                "attachment; filename=\"a\\\"b.txt\"; filename*=UTF-8''na%C3%AFve.txt",
                "form-data; name=f; filename=a.txt",
                "attachment",
            ])
        case .range: Seeds.texts(["bytes=0-9", "bytes=5-", "bytes=-5", "bytes=0-1,3-4", "lines=1-2"])
        case .fileLink: [Array(("acme~1769851800250~alice~" + String(repeating: "0a", count: 32)).utf8)]
        case .tus:
            Seeds.texts([
                "filename YS50eHQ=,filetype dGV4dC9wbGFpbg==,conversation x", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
                "a,b ,c ",
            ])
        case .toRouter: BusSeeds.toRouter.map(\.bytes)
        case .toGateway: BusSeeds.toGateway.map(\.bytes)
        case .events: [BusSeeds.pack.bytes]
        case .heartbeat: [Heartbeat(positions: []).bytes, Heartbeat(positions: [BusSeeds.position]).bytes]
        case .replay:
            [
                ReplayRequest(id: 1, tenant: BusSeeds.acme, from: 2, to: 9).bytes,
                ReplayAnswer.events(id: 1, BusSeeds.pack).bytes, ReplayAnswer.gone(id: 1, oldest: 5).bytes,
                ReplayAnswer.unavailable(id: 1).bytes,
            ]
        case .taps: [TapsAnswer.unchanged.bytes, [1] + Array(repeating: 0, count: 20)]
        case .tapFrames:
            [
                TapRequest.stream(from: 1, credit: 10).frames, TapRequest.credit(3).frames,
                TapRequest.replay(from: 1, to: 0).frames, TapMessage.end(4).frames, TapMessage.gone(oldest: 2).frames,
                TapMessage.refused(.notFound).frames,
                TapMessage.event(topic: Array("tenant_acme_system".utf8), offset: 1, json: Array("{}".utf8)).frames,
            ].map { $0.flatMap { [UInt8($0.count)] + $0 } }
        case .push:
            [
                PushQuestion(id: 1, tenant: BusSeeds.acme, message: MessageID(bits: UUIDBits(high: 1, low: 2))).bytes,
                PushAnswer.unavailable(id: 1).bytes, PushAnswer.audience(id: 1, nil, next: nil).bytes,
                PushAnswer.audience(
                    id: 2,
                    PushAudience(
                        conversation: ConversationID(bits: UUIDBits(high: 3, low: 4)), seq: 5, sender: "Ana",
                        title: "Team", text: "hello", at: Timestamp(milliseconds: 6), recipients: []), next: nil
                ).bytes,
            ]
        case .event:
            Seeds.texts([
                #"{"event":"heartbeat","offset":1,"epoch":"e7"}"#,
                #"{"event":"message.created","offset":1,"conversation":"0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a","seq":1,"#
                    + #""message":{"id":"0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6b","text":"a"}}"#,
            ])
        case .target:
            Seeds.texts(["https://example.org", "http://[::1]:8080/a?b=c", "HTTPS://A.b:443?x", "https://u@h/", "x:"])
        case .settings:
            Seeds.texts([
                "listen: 127.0.0.1:8080\n", "fanout-events:\n  - ipc://a\n  - ipc://b\n", "# nothing\n", "a: {b: c}",
            ])
        case .key: Seeds.texts(Seeds.keys)
        case .fileName:
            Seeds.texts([
                "a.pdf", "../CON.txt", "a\u{202E}b .tar.gz. ", String(repeating: "é", count: 140) + ".md", "👩‍👩‍👧.png",
            ])
        case .file: FileSeeds.files
        case .report: Seeds.texts(FileSeeds.reports)
        case .objectStore: Seeds.texts(FileSeeds.answers)
        case .scanner: Seeds.texts(["stream: OK\0", "stream: Eicar FOUND\0", "INSTREAM size limit exceeded. ERROR\0"])
        }
    }
}
