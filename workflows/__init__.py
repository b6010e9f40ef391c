"""What has to happen in time: one file per process, holding order, timers and retries; the rules live in the domain."""
