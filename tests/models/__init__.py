"""The bases of the models, and the types that JSON does not have."""
