"""Bulletins 通报: figures and rankings of a period, published once, never changed; corrections are new editions."""
