"""Section ``database``: the five stores that ESCAI writes to."""

from __future__ import annotations

from pydantic import Field, SecretStr

from escai_nb.escai.sections.types import (
    Host,
    Neo4jUri,
    OwnText,
    OwnWhole,
    Password,
    Port,
    Retention,
    Section,
    Whole,
)


class DatabaseConfig(Section):
    """Where the stores are, who logs in, and how many connections are kept."""

    postgres_host: Host = Field("localhost", description="Host of the PostgreSQL server.")
    postgres_port: Port = Field(5432, description="Port of the PostgreSQL server.")
    postgres_database: OwnText = Field(
        "escai", description="PostgreSQL database that holds structured data."
    )
    postgres_username: OwnText = Field("escai_user", description="Role that logs in to PostgreSQL.")
    postgres_password: Password = Field(
        SecretStr(""), description="Password of the PostgreSQL role."
    )
    postgres_pool_size: Whole = Field(
        10, ge=1, le=100, description="Connections to PostgreSQL that each worker keeps open."
    )
    postgres_max_overflow: Whole = Field(
        20,
        ge=0,
        le=100,
        description="Connections beyond the pool that each worker may open for a while; "
        "0 allows none.",
    )

    mongodb_host: Host = Field("localhost", description="Host of the MongoDB server.")
    mongodb_port: Port = Field(27017, description="Port of the MongoDB server.")
    mongodb_database: OwnText = Field(
        "escai_logs", description="MongoDB database that holds unstructured data and logs."
    )
    mongodb_username: OwnText | None = Field(
        None, description="User that logs in to MongoDB; null connects without a login."
    )
    mongodb_password: Password | None = Field(None, description="Password of the MongoDB user.")
    mongodb_replica_set: OwnText | None = Field(
        None, description="Name of the MongoDB replica set; null for a single server."
    )

    redis_host: Host = Field("localhost", description="Host of the Redis server.")
    redis_port: Port = Field(6379, description="Port of the Redis server.")
    redis_database: OwnWhole = Field(
        0, ge=0, le=15, description="Number of the Redis database that holds caches."
    )
    redis_password: Password | None = Field(
        None, description="Password of the Redis server; null if it asks for none."
    )
    redis_pool_size: Whole = Field(
        10, ge=1, le=100, description="Connections to Redis that each worker keeps open."
    )

    influxdb_host: Host = Field("localhost", description="Host of the InfluxDB server.")
    influxdb_port: Port = Field(8086, description="Port of the InfluxDB server.")
    influxdb_database: OwnText = Field(
        "escai_metrics", description="InfluxDB database that holds time series of metrics."
    )
    influxdb_username: OwnText | None = Field(
        None, description="User that logs in to InfluxDB; null connects without a login."
    )
    influxdb_password: Password | None = Field(None, description="Password of the InfluxDB user.")
    influxdb_retention_policy: Retention = Field(
        "30d",
        description="How long InfluxDB keeps metrics: digits and one of h, d, w, m, y, or inf.",
    )

    neo4j_uri: Neo4jUri = Field(
        "bolt://localhost:7687",
        description="Address of the Neo4j server; a scheme ending in +s or +ssc encrypts.",
    )
    neo4j_username: OwnText = Field("neo4j", description="User that logs in to Neo4j.")
    neo4j_password: Password = Field(SecretStr(""), description="Password of the Neo4j user.")
    neo4j_database: OwnText = Field(
        "neo4j", description="Neo4j database that holds the graph of relationships."
    )
    neo4j_pool_size: Whole = Field(
        10, ge=1, le=100, description="Connections to Neo4j that each worker keeps open."
    )
