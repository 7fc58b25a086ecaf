import Testing
import Wire

@testable import Notifier

@Suite struct WebhookRequestTests {
    /// The example of Standard Webhooks 1.0, whose libraries test themselves by it.
    @Test func theStandardsExampleIsSignedAsItSays() throws {
        let secret = try #require(
            Base64URL.bytes(of: Array("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8)))
        let signature = WebhookRequest.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8),
            secret: secret)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(WebhookSecret.text(of: secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    }
}
