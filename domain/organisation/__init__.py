"""Units 责任单位 and areas 区域: who is responsible, and where."""
