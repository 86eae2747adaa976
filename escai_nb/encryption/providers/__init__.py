"""Who can wrap and unwrap a data key, one kind a file."""
