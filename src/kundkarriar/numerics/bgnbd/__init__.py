"""NBD, (M)BG/NBD and (M)BG/CNBD-k: gamma rates, Erlang-k gaps between purchases (Poisson at k = 1), beta dropout."""
