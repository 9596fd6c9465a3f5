"""The part of the benchmarks that follows relationships: authors, their books, and the tags of books."""
