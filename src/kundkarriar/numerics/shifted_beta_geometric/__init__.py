"""Shifted beta-geometric: renewals of contracts with beta-distributed churn."""
