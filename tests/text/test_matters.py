"""Greetings and closings, and the splitting of an appeal into its matters. All examples are invented."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appealnlp.text import frame, split_matters


def parts(text: str) -> list[str]:
    """What stands between bars."""
    return text.split("|")


FRAMES = [
    ("尊敬的领导：您好！|我家停水三天了。|谢谢！"),
    ("尊敬的王书记，您好！|我家停水三天了，请尽快处理。|盼回复，谢谢！"),
    ("尊敬的市长、区长：|我家停水三天了。|此致敬礼"),
    ("各位领导好，|我家停水三天了。|盼复为感！"),
    ("您好，|请问公积金怎么提取？|谢谢"),
    ("局长您好：|学校乱收费。|万分感谢！"),
    ("李主任:|我要投诉。|感谢您百忙之中阅读此信！祝工作顺利！"),
    ("领导，您好！打扰了！|停电了。|不胜感激。"),
    ("尊敬的领导\n|停电两天了。|\n此致\n敬礼！"),
    ("|停电两天，望尽快解决。|"),
    ("|感谢政府修好了路灯，现在晚上出门亮堂多了。|"),
    ("|书记信箱里的信没人回。|"),
    ("|我们小区停水，谢谢领导帮我们催一催自来水公司。|"),
    ("|请问回复期限是多久，多久能得到答复？|"),
    ("|谢谢！|"),
    ("|您好|"),
    ("|希望领导尽快恢复供水，|为盼！"),
]


@pytest.mark.parametrize("case", FRAMES)
def test_frame(case: str) -> None:
    greeting, body, _ = case.split("|")
    text = case.replace("|", "")
    assert frame(text) == (len(greeting), len(greeting) + len(body))


def test_frame_behind_a_title() -> None:
    title = "您好，停水了\n"
    text = title + "尊敬的领导：停水三天了。谢谢"
    start, end = frame(text, len(title))
    assert text[start:end] == "停水三天了。"


SEVERAL = [
    "我们小区三号楼的电梯坏了半个月没人修。|另外还有一件事，小区门口的路灯也全都不亮了。",
    "楼下烧烤店每天营业到凌晨，噪音特别大。|还有一件事情，我想反映一下孩子入学的问题，学区一直没有划分。",
    "我的养老保险被漏缴了两年，社保局一直没有补。|第二件事，我母亲异地就医的费用至今不能报销。",
    "村口的水泥路已经破损严重，车辆无法通行，希望重新修一修。|另外，村里的自来水经常停水，一停就是两三天。",
    "地铁口的共享单车乱停乱放，把人行道都占满了，行人只能走机动车道。|此外，附近公园的厕所长期没有人打扫，垃圾也没有清运。",
    "我在培训机构报的课程一直不给退费，已经拖了三个月，商家电话也不接。|另外，楼上装修每天早上六点就开始，噪音吵得老人没法休息。",
    "公司拖欠我三个月工资一直不发，找劳动监察也没有下文。|另外，我们村的宅基地确权已经五年没有结果，请一并过问。",
    "小区停电已经两天，变压器一直没有人来修，冰箱里的东西都坏了。|顺便反映一下，门口的夜市占道经营，晚上根本出不去。",
    "向您反映两个问题：1、小区门口路灯全部不亮，晚上出行危险。|2、楼上漏水半年，开发商不维修。",
    "我想反映以下几个问题：一、村里通往镇上的公路坑坑洼洼。|二、卫生院没有医生值班，老人看病要跑到县城。|三、村干部冒领低保。",
    "有两件事请领导帮忙：第一，孩子的学籍一直转不过来，学校说要等。|第二，我父亲的残疾证补贴停发了半年。",
    "1.小区门口的路灯坏了一个月没人管。|2.地下车库的停车费突然涨到每月六百元。|3.电梯经常困人。",
    "①3栋楼道的路灯坏了三个月。|②垃圾堆在门口没人清运。|③燃气管道一直没有开通。",
    "我有两件事想说：首先，公交线路太少，等一个小时都等不到车。|其次，菜市场的污水流到马路上，恶臭难闻，垃圾也多。",
    "今天主要反映三件事情：一是村里的自来水浑浊，水质很差。|二是通村公路塌陷没有人修。|三是学校没有食堂，孩子吃不上饭。",
    "小区的流浪狗经常咬人，老人和孩子都害怕，希望有人来捕捉。|还有就是小区的消防栓没有水，灭火器也过期了。",
    "我们楼的房产证办了八年没办下来，开发商推给住建部门。|再就是小区外面的河道发黑发臭，夏天不敢开窗户。",
    "楼顶的信号基站一直嗡嗡响，宽带网速也越来越慢，请有关部门查一查。|另，门口的红绿灯时间太短，老人过马路来不及。",
    "我家门前的大树枝叶太密，台风天很危险，请园林部门来修剪。|另外再反映一个问题，小区的快递柜乱收费，消费者没有选择。",
    "市民中心的停车位太少，每次办事都要绕好几圈才停得下车。|还想咨询一下，灵活就业人员的养老保险今年缴费标准是多少？",
]


@pytest.mark.parametrize("case", SEVERAL)
def test_splits_several_matters(case: str) -> None:
    text = case.replace("|", "")
    assert [text[start:end] for start, end in split_matters(text)] == case.split("|")


ONE = [
    "楼下烧烤店每天营业到凌晨两点，噪音扰民。",
    "工地夜间施工，噪音太大。另外，渣土车进出的噪音也吵得人没法睡。",
    "小区停水三天了。另外，水费照常收取，水压平时也不够。",
    "公司拖欠工资三个月。诉求：1、发放拖欠的工资。2、支付加班费。3、补缴社保。",
    "我反对在小区门口建垃圾站，理由如下：1、恶臭影响居民。2、离幼儿园太近。3、车辆进出造成拥堵。",
    "电梯故障已经多次困人，要求：一、立即更换电梯。二、公开维修资金。三、更换物业。",
    "采石场的污染主要有：1、噪音轰鸣。2、粉尘漫天。3、污水直排河道。",
    "精装房质量问题如下：1、墙面开裂。2、厨房漏水。3、地面空鼓。",
    "我想咨询公积金贷款：1、需要连续缴存多久？2、额度是多少？3、异地缴存能不能用？",
    "建议开通到景区的公交，好处有：1、方便市民。2、促进旅游。3、减少停车压力。",
    "请问入学需要哪些材料？1、户口本；2、房产证；3、社保证明；4、疫苗接种证。",
    "一是噪音太大，二是粉尘太多，三是污水乱排，这家搅拌站必须搬走。",
    "我家离学校只有五百米，却被划到三公里外。另外，孩子的学籍今年也要转过来，学校不给办。",
    "停气三天了，燃气公司说在检修。另外一家公司的用户却没有停。",
    "我去派出所报案，另一个民警说不归他管，让我去另外一个窗口。",
    "拆迁补偿款至今没有到位。另外，安置房也没有建好，过渡费停发了。",
    "村干部截留低保金。此外，他还冒领了危房改造款，请纪委查处。",
    "距离停暖还有一个月，现在就停止供暖了，家里只有十二度。",
    "驾校收费后一直不安排练车，另外还要加收考试费，不交就不给约考。",
    "小区一楼开了棋牌室，1、2、3栋的居民都被吵得睡不着，周一、周二也不停。",
    "开发商延期交房，首先是停工半年，其次是承诺的学校没有建，最后连购房发票都不给。",
    "事情经过：1、三月五日我在医院挂号。2、医生让我交了押金。3、出院时医院不退押金。",
    "出租车拒载，不打表，另外司机态度恶劣，还绕路多收费。",
    "广场舞的噪音每天从六点开始。另外，该广场舞队伍占用停车位，音响声音更大。",
    "业委会不公示账目。此外，业委会主任把公共收益挪用了，维修基金也不清楚。",
    "举报某培训机构：1、没有办学资质。2、消防不合格。3、拒绝退费。",
    "化工厂半夜偷排废气，刺鼻难闻，已经有孩子住院。另外，这个厂没有环评手续，污水也直接排进河道。",
    "您好！请问新农合异地就医怎么报销？谢谢！",
    "路灯坏了。另外谢谢。",
    "1、路灯不亮",
    "",
    "谢谢！",
]


@pytest.mark.parametrize("text", ONE)
def test_leaves_one_matter_whole(text: str) -> None:
    assert len(split_matters(text)) == 1


def test_leaves_greeting_and_closing_out() -> None:
    text = "尊敬的领导：您好！反映两个问题：1、小区路灯全部不亮。2、楼上漏水半年没人修。盼回复，谢谢！"
    found = [text[start:end] for start, end in split_matters(text)]
    assert found == ["反映两个问题：1、小区路灯全部不亮。", "2、楼上漏水半年没人修。"]


def test_the_title_says_several() -> None:
    title = "关于幸福里小区诸多问题的反映"
    body = "我是幸福里的业主，住了三年多，交房以来就没有安生过：1、路灯全部不亮。2、楼上漏水半年没人修。"
    assert len(split_matters(body)) == 1
    spans = split_matters(f"{title}\n{body}", title_length=len(title))
    assert len(spans) == 2
    assert spans[0][0] == len(title) + 1


def test_a_title_that_accuses_means_one() -> None:
    title, body = "举报某工厂违法生产", "1、排污管直通河道，河水黑臭。2、消防设施没有一样能用。"
    assert len(split_matters(body)) == 2
    assert len(split_matters(f"{title}\n{body}", title_length=len(title))) == 1


PIECES = st.sampled_from(
    [
        *"。，；：\n 1234一二三、",
        *parts("另外，|还有一件事，|路灯不亮|小区停水三天|孩子入学没有学位|反映两个问题：|您好|谢谢|诉求："),
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.text() | st.lists(PIECES, max_size=40).map("".join), st.integers(0, 10))
def test_matters_tile_the_body(text: str, title: int) -> None:
    title = min(title, len(text))
    begin, end = frame(text, title)
    assert title <= begin <= end <= len(text)
    spans = split_matters(text, title_length=title)
    assert spans[0][0] == begin
    assert spans[-1][1] == end
    assert all(first[1] == second[0] for first, second in pairwise(spans))
    assert all(start < stop for start, stop in spans) or begin == end


@pytest.mark.parametrize(
    "unit", parts("<|（| |1、|另外，|。另外|。另外路灯|尊敬的|领导、|谢谢，|您好|小区|市|。还有一件事")
)
def test_linear_time(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    split_matters("路灯")

    def spent() -> float:
        start = time.process_time()
        split_matters(text)
        return time.process_time() - start

    assert min(spent() for _ in range(3)) < 1.0  # the best: other work on the machine costs some of them more
