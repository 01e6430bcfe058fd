"""FNV-1a over code points: a hash that is the same in every process, for tables and prints that are stored."""

from __future__ import annotations

SEED, PRIME, MASK = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1
SEED_32, PRIME_32, MASK_32 = 0x811C9DC5, 0x01000193, (1 << 32) - 1


def hash_of(text: str, seed: int = SEED, prime: int = PRIME, mask: int = MASK) -> int:
    """FNV-1a of ``text``: 64 bits, or 32 with SEED_32, PRIME_32 and MASK_32."""
    value = seed
    for sign in text:
        value = ((value ^ ord(sign)) * prime) & mask
    return value
