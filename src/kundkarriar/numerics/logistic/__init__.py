"""Logistic regression by penalised likelihood, with errors of rows that are not independent."""
