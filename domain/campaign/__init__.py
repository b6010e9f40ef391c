"""The campaign 创建活动: ordered phases with windows, duties, targets and gates."""
