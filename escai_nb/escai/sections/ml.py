"""Section ``ml``: the models that explain and predict."""

from __future__ import annotations

from pydantic import Field

from escai_nb.escai.sections.types import Hours, Section, Share, Whole


class MLConfig(Section):
    """Caching, training and prediction."""

    model_cache_enabled: bool = Field(
        default=True, description="Keeps trained models in memory between uses."
    )
    model_cache_size: Whole = Field(
        100, ge=1, description="Number of models that are kept in memory."
    )
    model_update_interval_hours: Hours = Field(
        24, ge=1, description="Time between two updates of the models."
    )

    training_enabled: bool = Field(
        default=True, description="Trains models on what monitoring records."
    )
    training_batch_size: Whole = Field(
        32, ge=1, description="Number of examples in one step of training."
    )
    training_epochs: Whole = Field(
        10, ge=1, description="Number of passes over the examples in one training."
    )
    validation_split: Share = Field(
        0.2, ge=0.1, le=0.5, description="Share of the examples that is kept to judge a model."
    )

    prediction_confidence_threshold: Share = Field(
        0.7, ge=0.1, le=1.0, description="Least confidence at which a prediction is reported."
    )
    ensemble_size: Whole = Field(
        5, ge=1, le=20, description="Number of models that vote on a prediction."
    )
