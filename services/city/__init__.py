"""City files: one readable document for units, areas, categories, calendar and policy."""
