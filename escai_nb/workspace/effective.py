"""The model object of what a reading says in effect; judged no further than it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import FileUnavailableError, InvalidConfigurationError
from escai_nb.schema.modelling import check
from escai_nb.secret import reveal
from escai_nb.sources.environment import awaited, file_variable

if TYPE_CHECKING:
    from escai_nb.workspace.loading.reading import Reading


def effective_model(reading: Reading, own: dict[str, Any]) -> Any:  # noqa: ANN401
    """
    Return a fresh model object of what *reading* says in effect, if its own file said *own*.

    Raises:
        InvalidConfigurationError: If it does not fit the model.
        FileUnavailableError: If a secret of it is still to come from a variable.
    """
    spec, data = reading.workspace.spec, reading.merge_for_model(own).data
    for path in filter(spec.outline.is_sensitive, awaited(data, prefix=spec.env_prefix)):
        variable = file_variable(path, prefix=spec.env_prefix)
        message = f"{keypath.render(path)} is to come from the file that {variable} names"
        raise FileUnavailableError(message, code="secret-awaited", hint=f"set {variable}")
    model, misfits = check(spec.model, reveal(data))
    if model is None:
        from escai_nb.workspace.assessment import assess, require_valid_model

        require_valid_model(assess(reading, own=own))
        message = "the configuration does not fit its model"
        raise InvalidConfigurationError(message, findings=misfits)
    return model
