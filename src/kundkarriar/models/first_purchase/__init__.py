"""The model of the time from first contact to first purchase."""
