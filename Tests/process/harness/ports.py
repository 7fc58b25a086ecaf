"""Free ports of the loopback interface."""

import random
import socket


def free(count: int = 1) -> int:
    """The first of `count` free ports in a row. Below the range that the kernel hands out to clients."""
    for _ in range(200):
        first = random.randint(20_000, 32_000 - count)
        if all(_is_free(first + place) for place in range(count)):
            return first
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
