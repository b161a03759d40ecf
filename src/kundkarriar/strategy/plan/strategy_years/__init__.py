"""Since when the strategies of a plan stand unchanged, and what changes one before its year is out."""
