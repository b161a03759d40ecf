"""Maximum-likelihood fits of models, and comparisons of fitted models."""
