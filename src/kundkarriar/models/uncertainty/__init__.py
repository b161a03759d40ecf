"""Standard errors, priors and posterior draws of a model's parameters."""
