"""Plans made of other plans: with an action from the reserve, and without customers who object."""
