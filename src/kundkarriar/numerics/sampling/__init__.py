"""Seeds, hashes, importance sampling and its diagnostics."""
