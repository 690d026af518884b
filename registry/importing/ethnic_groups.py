"""The 54 ethnic groups of Vietnam and foreigners, under the spellings that files use."""

from schoolops.lib import names

GROUPS = (
    "Kinh", "Tày", "Thái", "Hoa", "Khơ-me", "Mường", "Nùng", "HMông", "Dao", "Gia-rai", "Ngái", "Ê-đê", "Ba-na",
    "Xơ-đăng", "Sán Chay", "Cơ-ho", "Chăm", "Sán Dìu", "Hrê", "Mnông", "Ra-glai", "Xtiêng", "Bru-Vân Kiều", "Thổ",
    "Giáy", "Cơ-tu", "Gié-Triêng", "Mạ", "Khơ-mú", "Co", "Ta-ôi", "Chơ-ro", "Kháng", "Xinh-mun", "Hà Nhì", "Chu-ru",
    "Lào", "La Chí", "La Ha", "Phù Lá", "La Hủ", "Lự", "Lô Lô", "Chứt", "Mảng", "Pà Thẻn", "Cơ Lao", "Cống", "Bố Y",
    "Si La", "Pu Péo", "Brâu", "Ơ Đu", "Rơ-măm", "Người nước ngoài",
)  # fmt: skip

_ALIASES = {
    "viet": "Kinh",
    "khmer": "Khơ-me",
    "khome": "Khơ-me",
    "mong": "HMông",
    "meo": "HMông",
    "jrai": "Gia-rai",
    "ede": "Ê-đê",
    "rade": "Ê-đê",
    "bahnar": "Ba-na",
    "sedang": "Xơ-đăng",
    "caolan": "Sán Chay",
    "koho": "Cơ-ho",
    "cham": "Chăm",
    "stieng": "Xtiêng",
    "bruvankieu": "Bru-Vân Kiều",
    "vankieu": "Bru-Vân Kiều",
    "katu": "Cơ-tu",
    "cor": "Co",
    "taoi": "Ta-ôi",
    "paco": "Ta-ôi",
    "colao": "Cơ Lao",
    "nuocngoai": "Người nước ngoài",
    "raglay": "Ra-glai",
    "hre": "Hrê",
}


def _key(text: str) -> str:
    return "".join(character for character in names.fold(text) if character.isalnum())


_BY_KEY = {**_ALIASES, **{_key(group): group for group in GROUPS}}


def ethnic_group(text: str) -> str:
    """The official name, or "" when the text names no group."""
    return _BY_KEY.get(_key(text), "")
