"""Files, checksums, downloads and progress: what every later step reads and writes through."""
