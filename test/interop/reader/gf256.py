"""GF(2^8) with polynomial 0x11D, whole shards at a time: products by bytes.translate, sums by XOR of long integers."""

POLYNOMIAL = 0x11D


def times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = (a << 1) ^ (POLYNOMIAL if a & 0x80 else 0)
        b >>= 1
    return product


TABLES = [bytes(times(a, b) for b in range(256)) for a in range(256)]
INVERSES = {a: TABLES[a].index(1) for a in range(1, 256)}


def power(base, exponent):
    result = 1  # also for 0 to the 0
    for _ in range(exponent):
        result = TABLES[result][base]
    return result


def scaled(factor, data):
    return data.translate(TABLES[factor])


def added(a, b):
    return (int.from_bytes(a) ^ int.from_bytes(b)).to_bytes(len(a))


def combined(factors, rows):
    """The sum of factor times row, over rows of equal length."""
    total = bytes(len(rows[0]))
    for factor, row in zip(factors, rows, strict=True):
        if factor:
            total = added(total, scaled(factor, row))
    return total


def product(a, b):
    return [combined(row, b) for row in a]


def inverse(matrix):
    """By Gauss and Jordan. The matrix is a list of rows, each of them bytes."""
    size = len(matrix)
    rows = [bytes(row) + bytes(int(i == j) for j in range(size)) for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = next(i for i in range(column, size) if rows[i][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = scaled(INVERSES[rows[column][column]], rows[column])
        for i in range(size):
            if i != column and rows[i][column]:
                rows[i] = added(rows[i], scaled(rows[i][column], rows[column]))
    return [row[size:] for row in rows]
