"""The whole way in one call: transactions in, customers, bridge and plan out."""
