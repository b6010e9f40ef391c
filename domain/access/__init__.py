"""The access log: who looked at what, took what away, was refused what, and did what from the command line."""
