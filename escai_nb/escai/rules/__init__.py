"""What is known of a good ESCAI configuration, one layer a file."""
