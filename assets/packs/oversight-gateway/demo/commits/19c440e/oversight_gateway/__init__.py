"""Sample of the gateway, new release: as much of it as the rules look at."""
__version__ = "2.0.0"
