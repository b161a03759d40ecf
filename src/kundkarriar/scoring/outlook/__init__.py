"""What lies ahead of each customer, discounted, seasonal, or with drifting rates."""
