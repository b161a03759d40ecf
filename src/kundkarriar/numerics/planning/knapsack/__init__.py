"""The multiple-choice knapsack of an allocation: options, shadow prices, and the few customers solved jointly."""
