"""The customer ladder: rungs, careers, movement over the rungs, latent states, groups, promotion."""
