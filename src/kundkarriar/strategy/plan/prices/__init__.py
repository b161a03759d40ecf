"""What a plan's money, hours, floors and caps are worth at the margin."""
