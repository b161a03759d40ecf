"""Purchase, spend and renewal models, one file each."""
