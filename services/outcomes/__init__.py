"""What goes out about what a back-office system reported: the message, its signature, and how long it is tried."""
