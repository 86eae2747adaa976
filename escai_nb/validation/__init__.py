"""Rules and findings: what is wrong with a configuration, where, why, and how to mend it."""
