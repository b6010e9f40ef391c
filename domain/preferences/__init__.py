"""How somebody wants to be told: on which channels, when not, how often, in which language."""
