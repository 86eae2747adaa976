"""Who may open what: keys at hand, unlocked keyrings, and what the audit log is told."""
