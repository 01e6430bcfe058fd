"""Invented appeals for the tests of matters."""

from __future__ import annotations

from datetime import datetime

from appealnlp.appeal import Appeal
from appealnlp.matters import Entry

NOISE = (
    "云岭花园旁边的工地夜间施工噪音扰民",
    "云岭花园北边的工地每天晚上十一点以后还在打桩，噪音很大，居民无法休息，请城管部门处理夜间施工。",
)
NOISE_AGAIN = (
    "投诉云岭花园工地半夜施工扰民",
    "我们是云岭花园的业主，北边工地夜间施工打桩，噪音太大睡不着。上周城管来过一次，当晚又开工。老人住院了，请尽快制止。",
)
NOISE_COPY = (NOISE[0], NOISE[1].replace("很大", "特别大"))
LIFT = (
    "云岭花园3栋电梯停运两个月无人维修",
    "云岭花园3栋的电梯坏了两个月，物业说没有维修资金，老人上不了楼，请住建部门督促物业修好电梯。",
)
NOISE_ELSEWHERE = (
    "松湖公馆旁边的工地夜间施工噪音扰民",
    "松湖公馆南边的工地每天凌晨还在浇混凝土，噪音很大，居民无法休息，请城管部门处理夜间施工。",
)
SCHOOL = ("咨询海棠路小学今年的招生范围", "请问海棠路小学今年秋季的学区划到哪里，租房的孩子能不能报名。")
ALL = (NOISE, LIFT, NOISE_ELSEWHERE, SCHOOL, NOISE_COPY, NOISE_AGAIN)


def entry(words: tuple[str, str], number: int, day: int = 1, month: int = 5, **more: str) -> Entry:
    """An entry of May 2024, or of another month."""
    moment = datetime(2024, month, day, 9, number % 60)
    return Entry(Appeal(words[1], words[0], moment, more.get("area"), more.get("id", f"n{number}")), more.get("flags"))


def entries(texts: tuple[tuple[str, str], ...] = ALL, day: int = 1) -> list[Entry]:
    """One a day."""
    return [entry(words, number, day + number) for number, words in enumerate(texts)]


def wage(number: int, day: int, firm: str = "宏远建筑公司") -> Entry:
    """An appeal about wages."""
    who = ("木工", "钢筋工", "水电工", "油漆工", "泥瓦工", "架子工")[number % 6]
    words = (
        f"{firm}拖欠{who}工资",
        f"我们{who}班组在{firm}的工地干了{number + 2}个月，{firm}拖欠工资一直不发，没钱回家，第{number}次来反映。",
    )
    return entry(words, number, day)
