"""Section ``monitoring``: what the system observes of agents and of itself."""

from __future__ import annotations

from pydantic import Field

from escai_nb.escai.sections.types import Percent, Seconds, Section, Share


def _thresholds() -> dict[str, float]:
    return {"cpu_usage": 80.0, "memory_usage": 85.0, "disk_usage": 90.0, "error_rate": 5.0}


class MonitoringConfig(Section):
    """Sampling, metrics, health checks and alerts."""

    monitoring_enabled: bool = Field(
        default=True, description="Observes the agents that run under ESCAI."
    )
    monitoring_overhead_threshold: Share = Field(
        0.1,
        ge=0.01,
        le=0.5,
        description="Share of an agent's time that observing it may cost; 0.1 is 10 %.",
    )
    sampling_rate: Share = Field(
        1.0, ge=0.01, le=1.0, description="Share of events that are recorded; 1.0 is every one."
    )

    metrics_enabled: bool = Field(default=True, description="Collects metrics of the system.")
    metrics_interval_seconds: Seconds = Field(
        60, ge=1, description="Time between two collections of metrics."
    )

    health_check_enabled: bool = Field(
        default=True, description="Checks at intervals that each part of the system answers."
    )
    health_check_interval_seconds: Seconds = Field(
        30, ge=5, description="Time between two health checks."
    )

    alerting_enabled: bool = Field(
        default=True, description="Raises an alert when a metric passes its threshold."
    )
    alert_thresholds: dict[str, Percent] = Field(
        default_factory=_thresholds,
        description="Percentage of each metric above which an alert is raised.",
    )
