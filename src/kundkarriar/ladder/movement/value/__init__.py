"""Values of a movement by Markov chains: of rungs, promotions and scenarios; contribution, time to a rung."""
