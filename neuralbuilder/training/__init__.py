"""The training loop, and the child process it runs in."""
