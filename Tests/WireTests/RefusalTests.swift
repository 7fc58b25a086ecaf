import Testing
import Wire

@Suite struct RefusalTests {
    @Test(arguments: Refusal.Code.allCases)
    func everyCodeComesOverTheBusAsOneByte(code: Refusal.Code) {
        #expect(Refusal.Code(byte: code.byte) == code)
        #expect(code.byte != 0)
    }

    @Test func noOtherByteIsACode() {
        #expect(Refusal.Code(byte: 0) == nil)
        #expect((UInt8(Refusal.Code.allCases.count + 1)...UInt8.max).allSatisfy { Refusal.Code(byte: $0) == nil })
    }

    @Test(arguments: [
        (Refusal.Code.badRequest, 400), (.unauthenticated, 401), (.tokenExpired, 401), (.forbidden, 403),
        (.blocked, 403),
        (.notFound, 404), (.conflict, 409), (.tooLarge, 413), (.unsupportedMedia, 415), (.rateLimited, 429),
        (.internal, 500), (.overloaded, 503), (.unavailable, 503),
    ])
    func everyCodeHasItsStatus(code: Refusal.Code, status: Int) {
        #expect(code.httpStatus == status)
    }

    @Test func aNegativeTimeToWaitIsNone() {
        let json = String(decoding: Refusal.rateLimited(retryAfterMs: -5).bytes, as: UTF8.self)
        #expect(json.hasSuffix("\"retry_after_ms\":0}"))
    }
}
