"""People whose names are kept outside of all events: what is to be known of them is that they were erased."""
