"""How those who run the product see inside it: metrics of every process, traces across them, ids that logs share."""
