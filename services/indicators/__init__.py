"""Figures, rankings and bulletins: the formulas of the domain applied to the facts in the store."""
