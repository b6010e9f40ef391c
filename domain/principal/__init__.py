"""Principals: who may act, in which role, for which unit, within which scope, with which keys."""
