"""An auditor's own witness: it cosigns a log's checkpoints as long as each continues the one before."""
