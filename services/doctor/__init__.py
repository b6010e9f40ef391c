"""The doctor: examines an installation, stopped, running or broken, and says how to mend what is wrong."""
