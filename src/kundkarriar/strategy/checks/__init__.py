"""Checks of customer bases, groups, movement and plans."""
