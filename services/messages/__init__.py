"""The one catalogue of texts for people, Simplified Chinese first, English second."""
