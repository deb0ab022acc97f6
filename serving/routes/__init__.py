"""The routes, thin: what they know is how a question or a command looks in HTTP."""
