"""When in the year customers buy: the seasonal index, and time warped by it."""
