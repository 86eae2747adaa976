"""What the runbooks of this package do, one file each."""
