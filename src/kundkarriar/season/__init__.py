"""The season: a monthly index of purchase rates, its estimation, and time warped by it."""
