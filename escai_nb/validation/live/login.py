"""What all logins have in common: the driver, the values, and what they mean in clear."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from escai_nb.validation.live.outcome import Fault
from escai_nb.validation.live.target import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.record import Record

_LOGIN = ("uri", "username", "password", "token", "database", "organisation")


def require_values(place: Place, record: Record) -> None:
    """
    Return if everything that a login needs can be read.

    Raises:
        Stopped: Otherwise.
    """
    for role in _LOGIN:
        if role in place.gaps:
            message = f"the login was not checked: this {place.gaps[role]}"
            record.stop(Fault.UNCHECKED, place.paths[role], message)


def load_drivers(services: Iterable[str]) -> None:
    """Load the drivers of *services* that can be; `require_login` tells of the others."""
    modules = {DRIVERS[service][0] for service in services if service in DRIVERS}
    with ThreadPoolExecutor(1) as loading:  # which keeps to itself what a driver raises
        loading.map(resolve_name, modules)


def require_login(place: Place, record: Record, service: str) -> Any:  # noqa: ANN401
    """
    Return the driver for *service*, loaded, when there are values to log in with.

    Raises:
        Stopped: If the driver is not installed, or a value cannot be read.
    """
    require_values(place, record)
    module, extra = DRIVERS[service]
    try:
        return sys.modules.get(module) or resolve_name(module)
    except ImportError:
        message = f"the login was not checked: pip install 'escai-nb[{extra}]'"
        record.stop(Fault.UNCHECKED, place.path("host"), message, f"the extra {extra}")
