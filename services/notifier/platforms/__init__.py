"""One file per platform: how a message is put to it, and how its answer is read."""
