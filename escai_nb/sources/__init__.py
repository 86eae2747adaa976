"""Where values come from: documents, variables, and the layers they make."""
