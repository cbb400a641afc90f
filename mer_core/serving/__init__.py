"""What a server grants each request (a turn, a length, a time), and the HTTP API."""
