"""Movement over the rungs by Markov chains: forecasts, values, scenarios."""
