"""The access log as it is written: from the gateway and from the command line."""
