"""Ed25519 signatures (RFC 8032) checked with the standard library alone. It checks only: secrets never come here.

Points are in extended coordinates (X, Y, Z, T), x = X/Z, y = Y/Z, xy = T/Z. The base point and the signer's key are multiplied
through tables of their multiples, so that the thousands of checkpoints of a year take seconds.
"""

import hashlib
from functools import lru_cache

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]
Table = list[list[Point]]
NEUTRAL: Point = (0, 1, 1, 0)
WINDOW = 4


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) of `message` was made with the secret half of `public_key` (32 bytes)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key_multiples = _multiples_of(public_key)
    s = int.from_bytes(signature[32:], "little")
    if key_multiples is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    h = int.from_bytes(digest, "little") % ORDER
    # R = sB - hA; the encoding of a point is unique, so comparing bytes compares points.
    return _encode(_add(_multiply(s, _base_multiples()), _negate(_multiply(h, key_multiples)))) == signature[:32]


def _add(a: Point, b: Point) -> Point:
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    low, high = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    t, z = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = high - low, z - t, z + t, high + low
    return e * f % P, g * h % P, f * g % P, e * h % P


def _negate(a: Point) -> Point:
    return -a[0] % P, a[1], a[2], -a[3] % P


def _encode(a: Point) -> bytes:
    inverse = pow(a[2], -1, P)
    x, y = a[0] * inverse % P, a[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = _x_of(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def _x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _table(point: Point) -> Table:
    """For each window of four bits: the multiples 0 to 15 of the point times 16 to the window's power."""
    table = []
    for _ in range(0, 256, WINDOW):
        row = [NEUTRAL]
        for _ in range(2**WINDOW - 1):
            row.append(_add(row[-1], point))
        table.append(row)
        point = _add(row[-1], point)
    return table


def _multiply(scalar: int, table: Table) -> Point:
    result = NEUTRAL
    for row in table:
        if digit := scalar & (2**WINDOW - 1):
            result = _add(result, row[digit])
        scalar >>= WINDOW
    return result


@lru_cache(maxsize=1)
def _base_multiples() -> Table:
    y = 4 * pow(5, -1, P) % P
    x = _x_of(y, 0)
    if x is None:
        raise ArithmeticError("the base point")
    return _table((x, y, 1, x * y % P))


@lru_cache(maxsize=8)
def _multiples_of(public_key: bytes) -> Table | None:
    point = _decode(public_key)
    return None if point is None else _table(point)
