"""Comparisons of Chakra with raw drivers and other object-relational mappers. Run `python -m benches`."""
