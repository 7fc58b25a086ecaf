/// Public keys that OpenSSL made, whose private halves were thrown away.
enum PublicKeys {
    static let p256 = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5WOC/lyGHJfBMW26Vnw+/Y0ozwYm
        dKozYJVm3UtnQYZ9Ru76kx6qvCisbINPdSKzrWzg01sNdfzrln/JDozeOQ==
        -----END PUBLIC KEY-----
        """
    static let p384 = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE4b5VJMHauzE5GenlT2BaSrHlsFpUS48j
        BZKg3g0QvyHwQWPp/MHLPhDnhwjeoQ/JwKE3vqCUyRjfXJIO+Zb1bR/azhKeFpqP
        huWZWKGTZa8ukUJuENi1pnRJy4wX0z2v
        -----END PUBLIC KEY-----
        """
    static let rsa2048 = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0F9oOxElvZ0sC94aieCY
        jFH3OSqj/hC/BWewvgC6SB+aX1pr2TSLc1TFW/8o7N/yCzzDS/BFTCcmNmgcHJfo
        ZURuPOp1AF1h87g/3KWIr0Hpxu8Muct6CPT3w7MZvcAD5pr/L+A5rg09+IqFOjV9
        Vvw/B9jhECPtIQ1+bzN24xcYt/dxo50R6T4ENuJ/Tzojw6bo5bOevsigip3M7w7S
        JkdohJh2Uf55yZJ/EtXi+0OEV3uyoMjjFcKd1jZJB+jh+G9mlnZi7hy05Cefn4eg
        UqABqBn3HV0aoYd2I9+TgEpe1OP6fKhDYU1pJZN4HcQt3mM+4RKJ0jg0wRop/a81
        aQIDAQAB
        -----END PUBLIC KEY-----
        """
    static let rsa1024 = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC9jV1scVaHwO+PdxXXWkhYIIx8
        THwNC5PN0PcEUMUvZhqLX8YCGr3zIV/xC6/mVkEet3DoGS5iKKMRr/nwdKHRRR4K
        5fDZGMUYXe8XWfXlDBjBvrR2yxQAs4D9mwjZpj23IxIfKKW0je6In0JEhFv/YhEk
        7gEglT4j2l6mUs5UvwIDAQAB
        -----END PUBLIC KEY-----
        """
    static let ed25519 = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEALXVgz5CPjWuYgqARQ7q8ENmHL/bl37oKduggRH3JCZ8=
        -----END PUBLIC KEY-----
        """
    static let x25519 = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VuAyEApl46H4JoH0KmCIfPXKqmEaNL6oA63TRP+q+Pq/nbMXE=
        -----END PUBLIC KEY-----
        """
}
