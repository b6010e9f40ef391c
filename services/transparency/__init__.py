"""The transparency log's formats: RFC 6962 trees, and the notes, checkpoints, tiles and proofs of C2SP."""
