"""The numerical engine: layers, losses and optimizers over one flat array, in NumPy alone."""
