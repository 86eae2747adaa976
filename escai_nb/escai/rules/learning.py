"""Resource rules, ESC708–ESC710: models that are fresh, and predictions that say something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.validation.rule import Facts, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

TRAINING = "ml.training_enabled"
UPDATES = "ml.model_update_interval_hours"
CONFIDENCE = "ml.prediction_confidence_threshold"

OLDEST_MODEL = 30 * 24
"""Hours."""
EVEN_CHANCE = 0.5


@rule(
    "ESC708",
    title="Models grow old",
    severities="A/A/W/W",
    why="What agents do changes within weeks; a model of two months ago explains the past.",
    fix="Update models daily to weekly, at least once a month.",
    source="Google, “Rules of Machine Learning”, rule 8 (know the freshness requirements)",
    bad={TRAINING: True, UPDATES: 2000},
    good={TRAINING: True, UPDATES: 24},
    limit=OLDEST_MODEL,
    unit="h",
)
def old_models(facts: Facts, limit: float) -> Iterator[Problem]:
    """Models are renewed."""
    hours = facts[UPDATES]
    if facts[TRAINING] and hours > limit:
        yield Problem(UPDATES, f"renews models every {hours} h", f"≤ {limit} h")


@rule(
    "ESC709",
    title="Predictions more often wrong than right",
    severities="A/A/W/W",
    why="A prediction of this confidence misses more often than it hits, and is reported.",
    fix="Report from 0.6 or more.",
    source="Guo et al., “On Calibration of Modern Neural Networks” (confidence is a probability)",
    bad={CONFIDENCE: 0.2},
    good={CONFIDENCE: 0.7},
    limit=EVEN_CHANCE,
)
def coin_toss(facts: Facts, limit: float) -> Iterator[Problem]:
    """What is reported is likely."""
    confidence = facts[CONFIDENCE]
    if confidence < limit:
        yield Problem(CONFIDENCE, f"reports from a confidence of {confidence:g}", f"≥ {limit}")


@rule(
    "ESC710",
    title="Confidence that no prediction reaches",
    severities="W/W/W/W",
    why="A model gives each outcome a share below one, so nothing is ever reported.",
    fix="Report from 0.6 to 0.95.",
    source="Goodfellow et al., “Deep Learning”, 6.2.2.3 (softmax gives shares below one)",
    bad={CONFIDENCE: 1.0},
    good={CONFIDENCE: 0.9},
)
def never_sure(facts: Facts) -> Iterator[Problem]:
    """Some predictions are reported."""
    if facts[CONFIDENCE] >= 1:
        yield Problem(CONFIDENCE, "asks for certainty", "< 1")


RULES = (old_models, coin_toss, never_sure)
