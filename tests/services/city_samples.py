"""A small city to load, for the tests of city files and of the import."""

from pathlib import Path

CITY = """\
units:
  - code: office
    name: 创建办 / Campaign office
    kind: office
    units:
      - {code: sanitation, name: 环卫局 / Sanitation, kind: bureau}
      - {code: lamps, name: 路灯处 / Street lighting, kind: bureau}
areas:
  - code: city
    name: 全市 / Whole city
    kind: city
    owner: office
    areas:
      - {code: east, name: 东街 / East Street, kind: street, owner: sanitation}
      - {code: west, name: 西街 / West Street, kind: street}
calendar:
  seed: china
  id: cn
categories:
  - {code: rubbish, name: 垃圾清运 / Rubbish, lead_unit: sanitation}
  - code: lamp
    name: 路灯不亮 / Lamp out
    lead_unit: lamps
    limits: {rectify: 2 working days}
policy:
  name: 标准 / Standard
  limits:
    register: 4 working hours
    dispatch: 4工作时
    accept: 1个工作日
    rectify: 5 working days
    check: 2 working days
    close: 1 working day
  ladders:
    accept:
      - {rung: warn, share_of_limit: 80}
      - {rung: remind, after_due: 0 seconds}
    rectify: standard
"""


def city_file(folder: Path, text: str = CITY) -> Path:
    path = folder / "city.yaml"
    path.write_text(text, encoding="utf-8")
    return path
