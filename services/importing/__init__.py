"""Imports old ledgers: any columns, every row accounted for, as often as one likes."""
