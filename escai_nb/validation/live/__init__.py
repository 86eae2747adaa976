"""Live checks: whether what a configuration names is there and takes the login; on request only."""
