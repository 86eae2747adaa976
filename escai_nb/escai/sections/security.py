"""Section ``security``: tokens, TLS, passwords, sessions, personal data, audit."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from escai_nb.escai.sections.types import Days, Minutes, OwnText, Password, Section, Whole

JwtAlgorithm = Literal[
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES384",
    "PS256",
    "EdDSA",
]
PiiLevel = Literal["off", "low", "medium", "high"]


class SecurityConfig(Section):
    """What keeps the system and the data of people in it safe."""

    jwt_secret_key: Password = Field(description="Key that signs and checks access tokens.")
    jwt_algorithm: JwtAlgorithm = Field(
        "HS256", description="Algorithm by which access tokens are signed."
    )
    jwt_access_token_expire_minutes: Minutes = Field(
        30, ge=1, description="Time after which an access token is no longer accepted."
    )
    jwt_refresh_token_expire_days: Days = Field(
        7, ge=1, description="Time after which a refresh token is no longer accepted."
    )

    tls_enabled: bool = Field(default=True, description="Serves the API over TLS only.")
    tls_cert_file: OwnText | None = Field(
        None, description="Path of the PEM file with the server's certificate."
    )
    tls_key_file: OwnText | None = Field(
        None, description="Path of the PEM file with the certificate's private key."
    )
    tls_ca_file: OwnText | None = Field(
        None, description="Path of the PEM file with the authority that client certificates need."
    )

    password_min_length: Whole = Field(
        8, ge=6, description="Fewest characters that a user's password may have."
    )
    password_require_uppercase: bool = Field(
        default=True, description="Asks for an upper-case letter in a user's password."
    )
    password_require_lowercase: bool = Field(
        default=True, description="Asks for a lower-case letter in a user's password."
    )
    password_require_numbers: bool = Field(
        default=True, description="Asks for a digit in a user's password."
    )
    password_require_symbols: bool = Field(
        default=True, description="Asks for a punctuation mark in a user's password."
    )

    session_timeout_minutes: Minutes = Field(
        60, ge=5, description="Time of idleness after which a session ends."
    )
    max_login_attempts: Whole = Field(
        5, ge=1, description="Failed logins after which an account is locked."
    )
    lockout_duration_minutes: Minutes = Field(
        15, ge=1, description="Time for which a locked account stays locked."
    )

    pii_detection_enabled: bool = Field(
        default=True, description="Looks for personal data in what the system records."
    )
    pii_masking_enabled: bool = Field(
        default=True, description="Masks the personal data that is found."
    )
    pii_sensitivity_level: PiiLevel = Field(
        "medium", description="How readily something is taken for personal data."
    )

    audit_enabled: bool = Field(default=True, description="Records who did what in the audit log.")
    audit_retention_days: Days = Field(
        90, ge=1, description="Time for which audit records are kept."
    )
