"""Check SM2 signatures (GB/T 32918.2) over SM3 hashes (GB/T 32905) with nothing but Python; verify.py uses it.

Checking handles no secret, so it need not take equal time. Points are affine pairs of numbers, None at infinity.
"""

import struct
from operator import xor

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
WHO = b"1234567812345678"  # the name of the signer that the standards take where nothing else was agreed

START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def turn(word, by):
    """Return a word of 32 bits turned to the left."""
    by %= 32
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def sm3(told):
    """Return the SM3 hash of bytes.

    >>> sm3(b"abc").hex()
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'
    """
    padded = told + b"\x80" + bytes((55 - len(told)) % 64) + struct.pack(">Q", 8 * len(told))
    state = START
    for at in range(0, len(padded), 64):
        state = tuple(map(xor, state, pressed(state, padded[at : at + 64])))
    return struct.pack(">8I", *state)


def pressed(state, block):
    """Return what one block of 64 bytes makes of a state."""
    w = [*struct.unpack(">16I", block)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ turn(w[j - 3], 15)
        w.append(x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        ss1 = turn(turn(a, 12) + e + turn(0x79CC4519 if j < 16 else 0x7A879D8A, j) & 0xFFFFFFFF, 7)
        ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        gg = e ^ f ^ g if j < 16 else e & f | ~e & g
        tt1 = ff + d + (ss1 ^ turn(a, 12)) + (w[j] ^ w[j + 4]) & 0xFFFFFFFF
        tt2 = gg + h + ss1 + w[j] & 0xFFFFFFFF
        a, b, c, d, e, f, g, h = tt1, a, turn(b, 9), c, tt2 ^ turn(tt2, 9) ^ turn(tt2, 17), e, turn(f, 19), g
    return a, b, c, d, e, f, g, h


def added(one, other):
    """Return the sum of two points of the curve."""
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def times(count, point):
    """Return a point added up that many times."""
    total = None
    for bit in bin(count)[2:]:
        total = added(total, total)
        if bit == "1":
            total = added(total, point)
    return total


def point_read(public):
    """Return the point of 65 bytes, uncompressed.

    Raises:
        ValueError: it is none of the curve.
    """
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    if len(public) != 65 or public[0] != 4 or max(x, y) >= P or (y * y - x * x * x - A * x - B) % P:
        raise ValueError("not a point of the curve")
    return x, y


def signature_read(signature):
    """Return the two numbers of a signature in DER.

    Raises:
        ValueError: it is written otherwise.
    """
    r_end = 4 + signature[3] if len(signature) > 8 else 0
    r, s = (int.from_bytes(one, "big") for one in (signature[4:r_end], signature[r_end + 2 :]))
    if not (r_end and r_end + 2 < len(signature) and signature_written(r, s) == signature):
        raise ValueError("not a signature")
    return r, s


def signature_written(r, s):
    """Return a signature in DER, as it is written in only one way."""
    parts = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in (r, s)]
    body = b"".join(b"\x02" + bytes([len(one)]) + one for one in parts)
    return b"\x30" + bytes([len(body)]) + body


def is_signed(public, told, signature, who=WHO):
    """Say whether the key with this public point (65 bytes) signed these bytes; the signature is in DER."""
    try:
        point, (r, s) = point_read(public), signature_read(signature)
    except ValueError:
        return False
    if not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
        return False
    numbers = (A, B, *G, *point)
    name = sm3(struct.pack(">H", 8 * len(who)) + who + b"".join(one.to_bytes(32, "big") for one in numbers))
    found = added(times(s, G), times((r + s) % N, point))
    return found is not None and (int.from_bytes(sm3(name + told), "big") + found[0]) % N == r
