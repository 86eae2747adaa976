"""Three-way merges, of environments and for git."""
