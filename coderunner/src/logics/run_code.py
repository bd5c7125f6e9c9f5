"""The use case of running a program within the operator's limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from errors import FieldProblem, LimitExceeded, NetworkForbidden
from logics.domain import Program, RunReport
from logics.ports import Sandbox
from logics.provide_packages import ProvidePackages


@dataclass(frozen=True)
class RunPolicy:
    """What the operator lets a program ask for.

    Attributes:
        max_timeout_s: seconds; the default too.
        max_memory_mb: mebibytes; the default too.
        allow_network: whether a program may ask to connect out.
    """

    max_timeout_s: float
    max_memory_mb: int
    allow_network: bool


class RunCode:
    """Checks a request against the operator's limits, then runs it."""

    def __init__(self, sandbox: Sandbox, provide_packages: ProvidePackages, policy: RunPolicy) -> None:
        self._sandbox = sandbox
        self._provide_packages = provide_packages
        self._policy = policy

    async def __call__(self, program: Program, packages: tuple[str, ...] = ()) -> RunReport:
        """Run the program.

        Raises:
            LimitExceeded: timeout or memory above the server's maximum.
            NetworkForbidden: it asks for the network, which is off.
            UnknownEnvironment: there is no environment by that name.
            UnresolvablePackages and others: see ``ProvidePackages``.
            Busy, Unavailable: see the port.
        """
        self._check_limits(program)
        if program.network and not self._policy.allow_network:
            raise NetworkForbidden("programs may not use the network here; the setting is ALLOW_NETWORK")
        found = await self._provide_packages(program.code, program.environment, packages)
        return await self._sandbox.run(replace(program, packages=found))

    def _check_limits(self, program: Program) -> None:
        for field, asked, most, setting in (
            ("timeout", program.timeout_s, self._policy.max_timeout_s, "MAX_EXECUTION_TIME"),
            ("memory_mb", program.memory_mb, self._policy.max_memory_mb, "MAX_MEMORY_MB"),
        ):
            if asked > most:
                message = f"{field} is {asked:g}; the server's maximum is {most:g} ({setting})"
                raise LimitExceeded(message, details=[FieldProblem(field, message)])
