"""One system that most tests share, each with a tenant of its own; tests that break things start their own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import command_line
from harness.client import Client
from harness.system import Separate, Up
from harness.tenants import Tenant


def pytest_sessionstart(session) -> None:
    if not session.config.option.collectonly and not os.access(command_line.binary(), os.X_OK):
        pytest.exit(f"there is no binary at {command_line.binary()}: build it, or set PARLEY_BINARY", 2)


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Iterator[Up]:
    """Two gateways and two fan-out workers: what crosses gateways is tested all the time."""
    system = Up(tmp_path_factory.mktemp("shared"), gateways=2, fanouts=2)
    yield system
    code = system.stop()
    assert code == 0, f"parley up ended with {code}:\n{system.child.tail()}"


@pytest.fixture
def start_up(tmp_path) -> Iterator[Callable[..., Up]]:
    """Starts a system of the test's own; more than one on the same data where the test asks for it."""
    systems: list[Up] = []

    def start(data: Path | None = None, *arguments: str, **options) -> Up:
        system = Up(
            data or tmp_path, options.get("gateways", 1), options.get("fanouts", 1), options.get("extra"), *arguments
        )
        systems.append(system)
        return system

    yield start
    for system in systems:
        system.child.process.terminate() if system.child.process.poll() is None else None
    for system in systems:
        if system.child.process.poll() is None:
            system.stop()


@pytest.fixture
def start_separate(tmp_path) -> Iterator[Callable[..., Separate]]:
    systems: list[Separate] = []

    def start(**options) -> Separate:
        system = Separate(tmp_path, **options)
        systems.append(system)
        return system

    yield start
    for system in systems:
        for child in system.all():
            if child.process.poll() is None:
                child.stop()


@pytest.fixture
def tenant(shared: Up) -> Tenant:
    # The tests ask faster than people do; what a rate limit does is tested on tenants of its own.
    return shared.tenant(
        "--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000", "--set", "in_flight_max=1000"
    )


class People:
    """Connects people of one tenant and disconnects them at the end."""

    def __init__(self, system: Up, tenant: Tenant):
        self.system, self.tenant = system, tenant
        self.open: list[Client] = []

    def __call__(self, user: str, gateway: int = 0, **options) -> Client:
        client = self.system.client(self.tenant, user, gateway, **options)
        self.open.append(client)
        return client

    def known(self, *users: str) -> None:
        """Makes users exist without a connection that stays."""
        for user in users:
            self.system.client(self.tenant, user).close()

    def service(self, gateway: int = 0) -> Client:
        return self("backend", gateway, token=self.tenant.service())


@pytest.fixture
def people(shared: Up, tenant: Tenant) -> Iterator[People]:
    people = People(shared, tenant)
    yield people
    for client in people.open:
        client.close()
