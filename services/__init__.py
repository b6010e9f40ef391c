"""What runs: the gateway, sequencer, relay and worker, the event store, and the command line that starts them."""
