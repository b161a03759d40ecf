"""Newcomers to come: how many customers arrive, and what they buy."""
