"""Parts of the spend models, and those of constant prices; Gamma-Gamma itself stands in `models/gamma_gamma.py`."""
