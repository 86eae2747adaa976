"""What all logins have in common: the driver, the values, and what they mean in clear."""

from __future__ import annotations

import sys
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from escai_nb.validation.live.outcome import Fault

if TYPE_CHECKING:
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


def require_login(place: Place, record: Record, module: str, *, extra: str) -> Any:  # noqa: ANN401
    """
    Return the driver called *module*, loaded, when there are values to log in with.

    Raises:
        Stopped: If the driver is not installed, or a value cannot be read.
    """
    require_values(place, record)
    try:
        return sys.modules.get(module) or resolve_name(module)
    except ImportError:
        message = f"the login was not checked: install escai-nb[{extra}]"
        record.stop(Fault.UNCHECKED, place.path("host"), message, f"the extra {extra}")
