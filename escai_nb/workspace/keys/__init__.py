"""The life of keys: recipients, backups, rotation, destruction."""
