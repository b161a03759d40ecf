"""Checks of customer bases, groups, movement, season and plans."""
