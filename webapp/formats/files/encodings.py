"""Recognises the encodings that Windows of Taiwan, China and Japan used before UTF-8, also of a few characters.

Big5, GBK and Shift-JIS share their bytes, so that most texts can be decoded in several of them. The right one gives
frequent characters: those that the standard put into its first level, and of these the most usual. Libraries that
compare with the language of long texts do not tell names of two characters apart (decision 59).
"""

import codecs
import json
import re
from collections.abc import Iterable

BIG5, GBK, SHIFT_JIS = "cp950", "gb18030", "cp932"
OLD_ENCODINGS = (BIG5, GBK, SHIFT_JIS)
"""Where nothing tells them apart, the first."""
SAMPLE = 64 * 1024
"""Bytes of a text that are judged."""
_SEPARATORS = (b'"', b",", b" ", b"\n")
_UNUSED = re.compile("[\x80-\xa0\uf8f0-\uf8f3]")
"""What Python makes of bytes that no character of Shift-JIS has."""
_WORDS = re.compile(rb"[\x80-\xff][\x30-\xff]*")

_TRADITIONAL = set(
    "的一是不了人我在有他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生自會那後能對著事其裡所去行過家十用"
    "發天如然作方成者多日都三小二無同經法當起與好看學進種將還分此心前面又定見只主沒公從左右正反側新舊高低長短內外東西南"
    "北號組張照片圖像相影標註籤類別名稱資料夾訓練測試驗證集刮傷裂痕凹陷凸髒汙污毛邊缺口氣泡異物鏽斷變形破損良品格常螺"
    "絲軸承齒輪鋼滾珠桿零件部產檢機台線站樣本孔洞色差油漬膠金屬鋁銅鐵塑漏焊錫虛空白黑紅藍綠黃複製副工廠"
)
_SIMPLIFIED = set(
    "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用"
    "发天如然作方成者多日都三小二无同经法当起与好看学进种将还分此心前面又定见只主没公从左右正反侧新旧高低长短内外东西南"
    "北号组张照片图像相影标注签类别名称资料夹数据训练测试验证集划刮伤裂纹痕凹坑陷凸脏污毛刺边缺口气泡异物锈断变形破损良品"
    "格常螺丝轴承齿轮钢滚珠杆零件部产检机台线站样本孔洞色差油渍胶金属铝铜铁塑漏焊锡虚空白黑红蓝绿黄复制副工厂文档新建"
)
_JAPANESE = set(
    "日一人年大十二本中長出三時行見月分後前生五間上東四今金九入高円子外八六下来気小七山話女北百先名川千水半男西電校語土"
    "木食車何南万毎白天左右正反側新旧低短内号組枚写真画像撮影類別種名称資料学習訓練評価検証試験査傷割欠汚異物錆変形破損良"
    "品不否常軸受歯車鋼球棒部製機台線工程場外観表裏面孔穴色差油樹脂金属銅鉄溶接漏空黒赤青緑黄複製打痕"
)
_USUAL = {BIG5: _TRADITIONAL, GBK: _SIMPLIFIED, SHIFT_JIS: _JAPANESE}

_FIRST, _SYMBOL, _SECOND, _RARE = 0.0, 0.5, 2.0, 3.0
"""Improbability of a character, by its place in the standard."""
_USUAL_BONUS = 1.0
_WITHIN_A_WORD = 2.0
"""In addition, of a single character within a word of Latin letters, or a wide one beside it."""
_FULL_WIDTH = re.compile("[\uff10-\uff5a]")
IMPROBABLE = 1.0
"""A text whose characters are on average as improbable may be in another encoding."""
MOSTLY = 0.8


def old_encodings(sample: bytes) -> list[tuple[str, float]]:
    """Those that the bytes can be decoded in, the most probable first, each with its improbability."""
    judged = [(encoding, improbability(sample, encoding)) for encoding in OLD_ENCODINGS]
    found = [(encoding, value) for encoding, value in judged if value is not None]
    return sorted(found, key=lambda one: one[1])


def beginning_of_text(start: bytes) -> str:
    """The first bytes of a file as text, which may end within a character."""
    unicode = json.detect_encoding(start)
    try:
        return codecs.getincrementaldecoder(unicode)(errors="strict").decode(start)
    except UnicodeDecodeError:
        likely = old_encodings(not_ascii([start]))
    return start.decode(likely[0][0] if likely else unicode, "ignore")


def is_damaged_utf_8(sample: bytes) -> bool:
    """Whether most of what is not ASCII is UTF-8: GBK decodes it as well, to other characters."""
    readable = sample.decode("utf-8", "ignore")
    return _others(readable.encode()) > MOSTLY * _others(sample) > 0


def _others(data: bytes) -> int:
    return sum(byte >= 0x80 for byte in data)


def not_ascii(pieces: Iterable[bytes]) -> bytes:
    """Words from their first character on that is not ASCII, of the first that a text has, for a sample to judge.

    No second byte of a character is below 30 (hexadecimal), as blanks, quotation marks and commas are.
    """
    words: list[bytes] = []
    length, rest = 0, b""
    for piece in pieces:
        data = rest + piece
        end = max(data.rfind(separator) for separator in _SEPARATORS) + 1
        # Of a long word of ASCII, such as a picture in base64, nothing is needed.
        rest = b"" if data[end:].isascii() else data[end:]
        found = _WORDS.findall(data, 0, end)
        words += found
        length += sum(map(len, found))
        if length > SAMPLE:
            break
    return b" ".join([*words, *_WORDS.findall(rest)])[:SAMPLE]


def improbability(sample: bytes, encoding: str) -> float | None:
    """The average over the characters that are not ASCII, by their bytes; None where it cannot be decoded."""
    # A sample may end within a character.
    try:
        is_whole = len(sample) < SAMPLE
        text = codecs.getincrementaldecoder(encoding)(errors="strict").decode(sample, final=is_whole)
    except UnicodeDecodeError:
        return None
    if _UNUSED.search(text):
        return None
    total = weights = 0.0
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if character.isascii():
            continue
        code = character.encode(encoding, "replace")
        value = _OF_CODE[encoding](code)
        if character in _USUAL[encoding]:
            value -= _USUAL_BONUS
        elif (_is_letter(before) + _is_letter(after)) >= (1 if _FULL_WIDTH.match(character) else 2):
            value += _WITHIN_A_WORD
        total += value * len(code)
        weights += len(code)
    return total / weights if weights else 0.0


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _in_big5(code: bytes) -> float:
    """5,401 usual characters from A4, 7,652 others from C9; Microsoft's additions around them."""
    if len(code) != 2:
        return _RARE
    if b"\xa4\x40" <= code <= b"\xc6\x7e":
        return _FIRST
    if b"\xa1\x40" <= code < b"\xa4\x40":
        return _SYMBOL
    return _SECOND if b"\xc9\x40" <= code <= b"\xf9\xd5" else _RARE


def _in_gbk(code: bytes) -> float:
    """3,755 usual characters from B0A1, 3,008 others from D8A1 (GB 2312); what GBK and GB 18030 added is rare."""
    if len(code) != 2 or code[1] < 0xA1:
        return _RARE
    if 0xB0 <= code[0] <= 0xD7:
        return _FIRST
    if code[0] in (0xA1, 0xA3):
        return _SYMBOL
    return _SECOND if 0xD8 <= code[0] <= 0xF7 else _RARE


def _in_shift_jis(code: bytes) -> float:
    """Kana; 2,965 usual characters from 889F, others from 989F (JIS X 0208); half-width katakana of one byte."""
    if len(code) == 1:
        return _SECOND / 2
    if code <= b"\x81\xff" or b"\x82\x4f" <= code <= b"\x82\x9a":
        return _SYMBOL
    if b"\x82\x9f" <= code <= b"\x83\x96":
        return _FIRST - _USUAL_BONUS
    if b"\x88\x9f" <= code <= b"\x98\x72":
        return _FIRST
    return _SECOND if b"\x98\x9f" <= code <= b"\xea\xa4" else _RARE


_OF_CODE = {BIG5: _in_big5, GBK: _in_gbk, SHIFT_JIS: _in_shift_jis}
