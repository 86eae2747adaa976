"""The one way back to the disk: files, versions and seals together, finished after a crash."""
