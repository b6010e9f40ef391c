"""Indicators 测评指标: versioned formulas over named sets of cases, rankings by weights, and the facts they count."""
