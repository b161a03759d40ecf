"""BG/CNBD-k and MBG/CNBD-k: Erlang-k gaps between purchases, beta dropout after a purchase."""
