"""The model of a configuration, walked once into rows that everything else reads."""
