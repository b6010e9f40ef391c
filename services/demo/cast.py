"""Who plays: which units move, which are late, which never do, and the principals that act for them."""

from dataclasses import dataclass
from typing import Literal

Temper = Literal["prompt", "late", "never_accepts", "never_rectifies"]

# Units not named here are prompt.
TEMPERS: dict[str, Temper] = {
    "city-management": "late",
    "gucheng": "late",
    "fire-rescue": "late",
    "market-supervision": "never_accepts",
    "donghu": "never_accepts",
    "parks": "never_rectifies",
}

UNITS = {
    "city-management": "城市管理局",
    "sanitation": "环境卫生服务中心",
    "construction": "住房和城乡建设局",
    "public-security": "公安局",
    "fire-rescue": "消防救援支队",
    "market-supervision": "市场监督管理局",
    "parks": "园林绿化中心",
    "education": "教育局",
    "health": "卫生健康委员会",
    "culture-tourism": "文化广电和旅游局",
    "government-services": "政务服务管理局",
    "binjiang": "滨江街道",
    "gucheng": "古城街道",
    "xueyuan": "学苑街道",
    "donghu": "东湖街道",
}
MOVING = tuple(unit for unit in UNITS if TEMPERS.get(unit, "prompt") in {"prompt", "late"})
SOURCE = "https://12345.wanglan.example/workorders"


def temper(unit: str | None) -> Temper:
    """How a unit behaves; what lies with nobody is handled promptly."""
    return TEMPERS.get(unit or "", "prompt")


@dataclass(frozen=True, slots=True)
class Part:
    """A principal to register: its role and what bounds it."""

    name: str
    role: str
    unit: str | None = None
    sources: tuple[str, ...] = ()


HOTLINE = Part("12345 热线平台", "system", sources=(SOURCE,))
OFFICE = Part("创建办值班员", "office")
INSPECTORS = (Part("督查一组", "inspector"), Part("督查二组", "inspector"))
LEADER = Part("领导小组", "leader")
DEPUTY = Part("领导小组副组长", "leader")
HANDLERS = {unit: Part(f"{name}经办人", "handler", unit=unit) for unit, name in UNITS.items()}
