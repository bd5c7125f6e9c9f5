"""The errors of this service.

ServiceError (servicekit)
├── InvalidInput
│   └── LimitExceeded       a requested limit is above the server's; names the setting
├── NotFound
│   └── UnknownEnvironment  no package environment by that name
├── Forbidden
│   └── NetworkForbidden    the operator does not let programs connect out
├── NotImplementedHere
│   └── PackagesUnsupported ad-hoc packages cannot be installed here
├── Busy                    every slot is taken (429)
└── Unavailable             the sandbox is not running (503)
"""

from servicekit.errors import (
    Busy,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    NotImplementedHere,
    ServiceError,
    TooLarge,
    Unavailable,
)

__all__ = [
    "Busy",
    "FieldProblem",
    "Forbidden",
    "InvalidInput",
    "LimitExceeded",
    "NetworkForbidden",
    "NotFound",
    "NotImplementedHere",
    "PackagesUnsupported",
    "ServiceError",
    "TooLarge",
    "Unavailable",
    "UnknownEnvironment",
]


class LimitExceeded(InvalidInput):
    """A requested limit is above the server's maximum; the message names the setting."""

    code = "limit_exceeded"


class UnknownEnvironment(NotFound):
    """No package environment has that name."""

    code = "unknown_environment"


class NetworkForbidden(Forbidden):
    """The operator does not let programs connect out."""

    code = "network_forbidden"


class PackagesUnsupported(NotImplementedHere):
    """Packages cannot be installed for a single run here."""

    code = "packages_unsupported"
