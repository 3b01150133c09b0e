"""A peer: a program that computes distances, and how to get it running."""
from dataclasses import dataclass
from typing import Callable


def unchanged(array):
    return array


@dataclass
class Peer:
    name: str
    package: str  # the module that it needs, and whose version is told
    make: Callable  # of the number of threads: imports, compiles, gives the function
    arrays: int = 2  # 1 if it gives the distances within one array
    prepare: Callable = unchanged  # makes of a NumPy array what it takes, untimed
