"""Section ``api``: how the HTTP and WebSocket server listens and what it allows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from escai_nb.escai.sections.types import (
    Bytes,
    HeaderName,
    Host,
    Origin,
    OwnWhole,
    Port,
    Seconds,
    Section,
    Whole,
)
from escai_nb.schema.fields import Promotion

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*"]


class ApiConfig(Section):
    """Address, limits and cross-origin rules of the server."""

    host: Host = Field("127.0.0.1", description="Address that the API server binds to.")
    port: Port = Field(8000, description="Port that the API server listens on.")
    workers: OwnWhole = Field(
        4, ge=1, le=32, description="Number of worker processes of the API server."
    )
    reload: bool = Field(
        default=False,
        description="Restarts the server when its code changes; for development only.",
    )

    rate_limit_requests: Whole = Field(
        100, ge=1, description="Requests that one client may make within the rate limit window."
    )
    rate_limit_window: Seconds = Field(
        60, ge=1, description="Length of the window over which requests are counted."
    )

    cors_origins: Annotated[list[Origin], Promotion.ENVIRONMENT] = Field(
        default_factory=lambda: ["*"],
        description="Origins whose pages may call the API; * allows every one.",
    )
    cors_methods: list[Method] = Field(
        default=["GET", "POST", "PUT", "DELETE"],
        description="HTTP methods that pages of other origins may use.",
    )
    cors_headers: list[HeaderName] = Field(
        default_factory=lambda: ["*"],
        description="Request headers that pages of other origins may send; * allows every one.",
    )

    max_request_size: Bytes = Field(
        10_485_760, ge=1024, description="Largest request body that the server accepts."
    )
    request_timeout: Seconds = Field(
        30, ge=1, description="Time after which a request that is not answered is given up."
    )

    websocket_max_connections: Whole = Field(
        100, ge=1, description="WebSocket connections that each worker holds at once."
    )
    websocket_heartbeat_interval: Seconds = Field(
        30, ge=5, description="Time between two signs of life on a WebSocket connection."
    )
