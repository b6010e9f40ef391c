"""Bulk operations 批量操作: one decision carried out on many items, one by one, with progress, and stoppable."""
