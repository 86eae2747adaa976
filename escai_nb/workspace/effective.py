"""The model object of what a reading says in effect; judged no further than it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.errors import InvalidConfigurationError
from escai_nb.schema.modelling import check
from escai_nb.secret import reveal

if TYPE_CHECKING:
    from escai_nb.workspace.loading.reading import Reading


def effective_model(reading: Reading, own: dict[str, Any]) -> Any:  # noqa: ANN401
    """
    Return a fresh model object of what *reading* says in effect, if its own file said *own*.

    Raises:
        InvalidConfigurationError: If it does not fit the model.
    """
    model, misfits = check(reading.workspace.spec.model, reveal(reading.merge_for_model(own).data))
    if model is None:
        from escai_nb.workspace.assessment import assess, require_valid_model

        require_valid_model(assess(reading, own=own))
        message = "the configuration does not fit its model"
        raise InvalidConfigurationError(message, findings=misfits)
    return model
