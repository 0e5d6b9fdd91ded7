"""Measures what Balie does on labelled data; each figure with how sure it is."""
