"""What a campaign office publishes: catalogues, policies and calendars, each version for ever."""
