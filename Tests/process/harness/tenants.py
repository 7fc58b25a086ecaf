"""A tenant, its keys and its tokens, minted here so that Parley only ever sees them from outside."""

import os
import time
from pathlib import Path

import jwt

from . import command_line

SECRET_BYTES = 48


class Tenant:
    def __init__(self, slug: str, data: Path):
        self.slug = slug
        self.data = data
        # Hexadecimal, so that the file's bytes are the secret's without a newline at the end by chance.
        self.secret = os.urandom(SECRET_BYTES // 2).hex().encode()
        self.add_key("test", "HS256", self.secret)

    def add_key(self, kid: str, algorithm: str, material: bytes, expect: int | None = 0):
        file = self.data / f"{self.slug}-{kid}.key"
        file.write_bytes(material)
        try:
            return command_line.run(
                "tenant",
                "key",
                "add",
                self.slug,
                "--kid",
                kid,
                "--alg",
                algorithm,
                "--file",
                str(file),
                data=self.data,
                expect=expect,
            )
        finally:
            file.unlink()

    def claims(self, user: str, **more) -> dict:
        """`ttl` in seconds; a claim given as None is left out."""
        ttl = more.pop("ttl", 3600)
        claims = {"tenant": self.slug, "sub": user, "exp": int(time.time()) + ttl} | more
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, user: str, kid: str | None = "test", key=None, algorithm: str = "HS256", **more) -> str:
        headers = {"kid": kid} if kid is not None else {}
        return jwt.encode(self.claims(user, **more), key or self.secret, algorithm=algorithm, headers=headers)

    def service(self) -> str:
        return self.token("backend", role="service")
