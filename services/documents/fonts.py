"""Which fonts a page is set in: the office's own, the system's, or those that a wheel brings; always some."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst

# Carries Noto Serif SC and Noto Sans SC (SIL Open Font License); where it is not installed, what else there is serves.
_WHEEL = "pylopdf_fonts_zh_cn"
_OPEN_SERIF = ("Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Source Han Serif CN", "AR PL UMing CN")
_OPEN_SANS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei")
_SONG = ("SimSun", "NSimSun", "STSong", "Songti SC", "FandolSong", *_OPEN_SERIF)
_ROLES = {
    # 仿宋 for the body, 小标宋 for heads, 黑体 for headings, 宋体 for page numbers, each with what comes nearest to it.
    "body": ("FangSong_GB2312", "FangSong", "STFangsong", "FZFangSong-Z02", "Zhuque Fangsong", "FandolFang R", *_SONG),
    "title": ("FZXiaoBiaoSong-B05", "FZXiaoBiaoSong-B05S", "STZhongsong", *_SONG),
    "hei": ("SimHei", "STHeiti", "Heiti SC", "FandolHei", "Microsoft YaHei", *_OPEN_SANS),
    "song": _SONG,
}


@dataclass(frozen=True, slots=True)
class Typefaces:
    """The fonts found, loaded once, and for each role the names to try in turn."""

    fonts: typst.Fonts
    names: dict[str, list[str]]


@cache
def typefaces(folder: Path | None, *, with_system: bool = True, with_wheel: bool = True) -> Typefaces:
    """Look through the office's folder, the system and the wheel. Where nothing has Chinese signs, boxes are shown."""
    places = [folder] if folder is not None and folder.is_dir() else []
    if with_wheel and (spec := find_spec(_WHEEL)) is not None and spec.submodule_search_locations:
        places.append(Path(spec.submodule_search_locations[0]))
    fonts = typst.Fonts(
        include_system_fonts=with_system, include_embedded_fonts=True, font_paths=[str(place) for place in places]
    )
    found = fonts.families()
    known = {family.lower(): family for family in found}
    # After the names of its own a role takes any other font there is, in the same order on every run.
    names = {
        role: [
            known[wanted.lower()] for wanted in (*wanted_first, *_OPEN_SERIF, *_OPEN_SANS) if wanted.lower() in known
        ]
        or sorted(found)
        for role, wanted_first in _ROLES.items()
    }
    return Typefaces(fonts, names)
