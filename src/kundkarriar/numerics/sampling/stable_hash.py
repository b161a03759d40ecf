"""A hash of customer ids that is the same on every machine, in every run, for every frame library; random numbers."""

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray


def stable_hash(*, ids: NDArray[Any]) -> NDArray[np.uint64]:
    """A 64-bit hash of each id, (n,); customers are shuffled by it, so that row order changes nothing.

    It depends on the id's value alone. Whole numbers of any width are taken modulo 2**64, so that 7 has one hash as
    int32, uint8 or a Python number; the finaliser of splitmix64 (Steele, Lea & Flood 2014), a bijection, follows, so
    numbers of one column never collide. Text is hashed by BLAKE2b of its UTF-8. Python's own `hash` is salted anew in
    every process.

    Raises:
        TypeError: ids (n,) that are neither whole numbers nor text (an array of `str` or of objects).

    >>> stable_hash(ids=np.array([1, 2])).tolist()
    [10451216379200822465, 10905525725756348110]
    >>> len(set(stable_hash(ids=np.array(["a", "b"], dtype=object)).tolist()))
    2
    """
    if ids.dtype.kind in "iu":
        return _splitmix64(ids.astype(np.uint64))
    # a lone surrogate has no UTF-8 of its own, but may occur in an id
    texts = (str.encode(value, "utf-8", "surrogatepass") for value in ids.tolist())
    digests = b"".join(blake2b(text, digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _splitmix64(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def random_numbers(*, hashes: NDArray[np.uint64], seed: int, occasion: str) -> NDArray[np.uint64]:
    """One number per customer of these `hashes`, uniform over 64-bit numbers, (n,); it breaks ties.

    It does not depend on the order of rows or of ids; another seed or occasion gives other numbers.

    >>> hashes = stable_hash(ids=np.arange(3))
    >>> years = ("turn in 2027", "turn in 2028")
    >>> [int(random_numbers(hashes=hashes, seed=1, occasion=year).argmin()) for year in years]
    [1, 0]
    """
    salt = stable_hash(ids=np.array([f"seed {seed}, {occasion}"], dtype=object))
    return stable_hash(ids=(hashes ^ salt).view(np.int64))
