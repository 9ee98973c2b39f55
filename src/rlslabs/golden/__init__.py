"""Golden vectors: questions with their answers as data, which any other implementation can be held to."""

from rlslabs.golden.conformance import Difference, Report, conform
from rlslabs.golden.question import answer
from rlslabs.golden.vectors import VectorFile, vector_file

__all__ = ["Difference", "Report", "VectorFile", "answer", "conform", "vector_file"]
