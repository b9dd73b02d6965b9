"""Gives our key a successor, once a quarter."""
from urllib.request import Request, urlopen

BOARD = "http://localhost:57374"


def rotate(name: str) -> None:
    urlopen(Request(f"{BOARD}/api/v2/keys/{name}/rotate", method="POST"))
