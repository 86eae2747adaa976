"""The reference application: ESCAI's models, rules and presets."""
