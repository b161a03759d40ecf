"""Purchase and spend models, one file each."""
