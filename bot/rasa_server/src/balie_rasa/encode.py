"""Vectors for who learns from them outside Rasa: `python -m balie_rasa.encode TEXTS VECTORS --keep NAME`.

TEXTS is a JSON list of texts; VECTORS becomes a NumPy file with a row for each. With --keep, what was encoded before is
not encoded again.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from balie_rasa.nlu.encoder import cache_of, encode_all


def main() -> None:
    """Read, encode, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("texts", type=Path)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--keep", metavar="NAME")
    given = parser.parse_args()
    texts = json.loads(given.texts.read_text(encoding="utf-8"))
    np.save(given.vectors, encode_all(texts, cache_of(given.keep) if given.keep else None))


if __name__ == "__main__":
    main()
