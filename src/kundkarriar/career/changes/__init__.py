"""What changed since an earlier career: customers who moved, and the purchase model that has drifted."""
