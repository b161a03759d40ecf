"""The contacts of plans: who may be contacted, contacts made before, and those that are planned."""
