"""Faults at every call that changes the disk, one after the other."""
