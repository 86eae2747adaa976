"""The sections of ESCAI's configuration, one a file."""
