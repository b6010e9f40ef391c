"""The rectification item 整改事项: the obligation that follows from a reported issue."""
