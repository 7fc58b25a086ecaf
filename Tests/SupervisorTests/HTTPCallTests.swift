import Operations
import Testing

@testable import Supervisor

@Suite struct HTTPCallTests {
    @Test func aRequestHasItsLengthAndHeaders() {
        let call = HTTPCall(method: "POST", path: "/v1/ops", headers: ["B": "2", "A": "1"], body: "é")
        let text = call.text(for: Address(host: "::1", port: 80))
        let head =
            "POST /v1/ops HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\nContent-Length: 2\r\nA: 1\r\nB: 2\r\n\r\n"
        #expect(text == head + "é")
    }

    @Test func anAnswerIsStatusAndBody() {
        let answer = HTTPCall.answer("HTTP/1.1 503 Service Unavailable\r\nA: 1\r\n\r\n{}\r\n\r\n")
        #expect(answer == HTTPCall.Answer(status: 503, body: "{}\r\n\r\n"))
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"])
    func anythingElseIsNoAnswer(text: String) {
        #expect(HTTPCall.answer(text) == nil)
    }

    @Test func nobodyThereIsNoAnswer() throws {
        let free = try FreePorts.addresses(from: Address(host: "127.0.0.1", port: 0), count: 1)
        #expect(HTTPCall(path: "/").send(to: try #require(free.first), timeout: .seconds(1)) == nil)
    }
}
