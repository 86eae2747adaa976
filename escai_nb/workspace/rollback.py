"""Going back to a version: what the file would say then, judged before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.advance import Steps
from escai_nb.workspace.assessment import assess, require_acceptable
from escai_nb.workspace.past.past import rolled_back
from escai_nb.workspace.writing.saving import version_values

if TYPE_CHECKING:
    from escai_nb.advance import Advance
    from escai_nb.history.version import Version
    from escai_nb.workspace.loading.reading import Reading


def values_of_rollback(
    fresh: Reading,
    named: Version,
    *,
    lost: bool,
    include_secrets: bool,
    advance: Advance | None = None,
) -> dict[str, Any]:
    """
    Return what the file says once it is rolled back to the version that is *named*.

    *fresh* is the file as it is, or as it was where it is *lost*. *advance* is told of
    each step.

    Raises:
        InvalidConfigurationError: If that breaks the model of today, or brings an error
            that is not there now.
    """
    told = Steps(advance, 3)
    fresh.require_usable()
    told("both are read")
    # what stood in a file that is gone was there before
    was = version_values(fresh, fresh.head) if lost and fresh.head else fresh.own
    own = rolled_back(fresh, named, include_secrets=include_secrets)
    require_acceptable(assess(fresh, own=was), assess(fresh, own=own))
    told("rules are checked")
    return own
