"""What effects add to the value of customers who are treated: the same process with and without them."""
