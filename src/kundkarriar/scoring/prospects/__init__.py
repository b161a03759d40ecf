"""Values of prospects: the probability of a first purchase x the value of a newcomer from then on."""
