"""Sample of the gateway, old release: as much of it as the rules look at."""
__version__ = "0.1.0"
