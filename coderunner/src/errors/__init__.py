"""The errors of this service.

ServiceError (servicekit)
├── InvalidInput
│   ├── LimitExceeded        a requested limit is above the server's; names the setting
│   └── InvalidRequirement   not a package requirement that is accepted here
├── NotFound
│   ├── UnknownEnvironment   no package environment by that name
│   └── UnknownPackage       the environment has no such package
├── Forbidden
│   ├── NetworkForbidden     the operator does not let programs connect out
│   └── PackagesForbidden    the operator does not let packages be installed
├── Conflict
│   ├── EnvironmentBusy      others are changing the environment
│   └── PackageInUse         the package is there for another one, or for everybody
├── TooLarge
├── Unprocessable
│   ├── UnresolvablePackages no set of wheels satisfies what was asked for; has the resolver's reason
│   ├── PackagesTooLarge     what would be installed is over a limit
│   └── UnsupportedPython    a script asks for another Python than the server's
├── Busy                     every slot is taken (429)
├── Unavailable              the sandbox is not running (503)
│   ├── IndexUnavailable     the package index does not answer
│   └── StoreUnavailable     the package store cannot be read or written
└── DeadlineExceeded
    └── InstallTimedOut      the installation took longer than it may
"""

from servicekit.errors import (
    Busy,
    Conflict,
    DeadlineExceeded,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    ServiceError,
    TooLarge,
    Unavailable,
    Unprocessable,
)

__all__ = [
    "Busy",
    "Conflict",
    "DeadlineExceeded",
    "EnvironmentBusy",
    "FieldProblem",
    "Forbidden",
    "IndexUnavailable",
    "InstallTimedOut",
    "InvalidInput",
    "InvalidRequirement",
    "LimitExceeded",
    "NetworkForbidden",
    "NotFound",
    "PackageInUse",
    "PackagesForbidden",
    "PackagesTooLarge",
    "ServiceError",
    "StoreUnavailable",
    "TooLarge",
    "Unavailable",
    "UnknownEnvironment",
    "UnknownPackage",
    "Unprocessable",
    "UnresolvablePackages",
    "UnsupportedPython",
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


class InvalidRequirement(InvalidInput):
    """Not a package requirement that is accepted here; the message says why."""

    code = "invalid_requirement"


class UnknownPackage(NotFound):
    """The environment has no package of that name."""

    code = "unknown_package"


class PackagesForbidden(Forbidden):
    """The operator does not let packages be installed."""

    code = "packages_forbidden"


class EnvironmentBusy(Conflict):
    """Others are changing the environment, and went on for too long."""

    code = "environment_busy"


class PackageInUse(Conflict):
    """The package was not asked for by name: it belongs to another one, or to every environment."""

    code = "package_in_use"


class UnresolvablePackages(Unprocessable):
    """No set of packages satisfies what was asked for; the message is the resolver's reason."""

    code = "unresolvable_packages"


class PackagesTooLarge(Unprocessable):
    """What would be installed is over a limit; the message names the setting."""

    code = "packages_too_large"


class UnsupportedPython(Unprocessable):
    """A script asks for another Python than the server's."""

    code = "unsupported_python"


class IndexUnavailable(Unavailable):
    """The package index does not answer, or refuses the service."""

    code = "index_unavailable"
    public_message = "the package index cannot be reached from the server; try again later"


class StoreUnavailable(Unavailable):
    """The package store cannot be read or written: a full disk, a read-only volume."""

    code = "store_unavailable"
    public_message = "the server's package store cannot be used at the moment; nothing was changed"


class InstallTimedOut(DeadlineExceeded):
    """The installation took longer than PACKAGE_INSTALL_SECONDS."""

    code = "install_timed_out"
    public_message = "the installation took longer than it may (PACKAGE_INSTALL_SECONDS); nothing was changed"
