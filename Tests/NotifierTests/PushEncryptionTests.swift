import Crypto
import Foundation
import Testing
import Wire

@testable import Notifier

@Suite struct PushEncryptionTests {
    private func bytes(_ text: String) throws -> [UInt8] { try #require(Base64URL.bytes(of: Array(text.utf8))) }

    /// RFC 8291 §5 and appendix A.
    @Test func theRFCsExampleComesOutByteForByte() throws {
        let own = try P256.KeyAgreement.PrivateKey(
            rawRepresentation: bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
        let subscription = PushSubscription(
            endpoint: "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
            publicKey: try bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
            secret: try bytes("BTBZMqHH6r4Tts7J_aSIgg"))
        let made = try PushEncryption.encrypted(
            Array("When I grow up, I want to be a watermelon".utf8), for: subscription, own: own,
            salt: try bytes("DGv6ra1nlYgDCS1FRnbzlw"))
        #expect(
            Base64URL.text(of: made)
                == "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
                + "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
    }

    @Test func aKeyThatIsNoPointOnTheCurveAndATextThatIsTooLongAreRefused() throws {
        let own = P256.KeyAgreement.PrivateKey()
        let salt = [UInt8](repeating: 0, count: 16)
        let wrong = PushSubscription(
            endpoint: "https://push.example/", publicKey: [4] + Array(repeating: 1, count: 64), secret: salt)
        #expect(throws: (any Error).self) { try PushEncryption.encrypted([1], for: wrong, own: own, salt: salt) }
        let right = PushSubscription(
            endpoint: "https://push.example/", publicKey: Array(own.publicKey.x963Representation), secret: salt)
        #expect(throws: (any Error).self) {
            try PushEncryption.encrypted(Array(repeating: 1, count: 4_080), for: right, own: own, salt: salt)
        }
    }

    @Test func theTokenNamesServiceEndAndContactAndIsProvenByTheKey() throws {
        let key = P256.Signing.PrivateKey()
        var vapid = Vapid(key: key, contact: "mailto:ops@example.org")
        let now = Timestamp(milliseconds: 1_767_225_600_000)
        let value = try vapid.authorization(for: "https://push.example", now: now)
        let parts = value.dropFirst("vapid t=".count).components(separatedBy: ", k=")
        #expect(parts[1] == Base64URL.text(of: Array(key.publicKey.x963Representation)))
        let token = parts[0].split(separator: ".")
        let claims = String(decoding: try bytes(String(token[1])), as: UTF8.self)
        #expect(claims == #"{"aud":"https://push.example","exp":1767268800,"sub":"mailto:ops@example.org"}"#)
        let signature = try P256.Signing.ECDSASignature(rawRepresentation: bytes(String(token[2])))
        #expect(key.publicKey.isValidSignature(signature, for: Data("\(token[0]).\(token[1])".utf8)))
        let again = try vapid.authorization(for: "https://push.example", now: now)
        #expect(again == value, "the same for a while")
        let later = now.advanced(bySeconds: 11 * 3_600 + 60)
        let renewed = try vapid.authorization(for: "https://push.example", now: later)
        #expect(renewed != value)
    }

    @Test(arguments: ["a", "\u{1}", "🚲", "\""]) func whatABrowserIsToldHasItsBound(character: String) throws {
        let audience = PushAudience(
            conversation: ConversationID(bits: UUIDBits(high: 1, low: 2)), seq: 3,
            sender: String(repeating: character, count: 100), title: String(repeating: character, count: 200),
            text: String(repeating: character, count: 500), at: Timestamp(milliseconds: 0), recipients: [])
        let recipient = PushAudience.Recipient(user: try #require(UserID("bob")), unread: 4, subscriptions: [])
        let tenant = try #require(TenantSlug("acme"))
        let body = PushMessage.body(
            tenant: tenant, message: MessageID(bits: UUIDBits(high: 5, low: 6)), audience: audience,
            recipient: recipient)
        #expect(body.count <= PushMessage.bytesMax)
        let read = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        #expect(Set(read.keys) == ["tenant", "conversation", "id", "seq", "title", "body", "unread"])
        #expect(read["unread"] as? Int == 4)
        #expect(EventPeek.conversation(ofPush: body) == audience.conversation.text)
        let topic = PushMessage.topic(of: audience.conversation.text, in: tenant)
        #expect(topic.utf8.count == 32)
        let other = try #require(TenantSlug("globex"))
        #expect(PushMessage.topic(of: audience.conversation.text, in: other) != topic, "tenants share push services")
    }
}
