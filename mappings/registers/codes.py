"""Check digits of the codes that Japanese public bodies carry: pure functions."""

# 財務省令第70号, 地方公共団体: "000020" stands before the 6-digit code.
_LOCAL_GOVERNMENT_PREFIX = "000020"


def _require_digits(text: str, length: int, what: str) -> None:
    if len(text) != length or not (text.isascii() and text.isdigit()):
        raise ValueError(f"found {text!r}, expected {what}: {length} ASCII digits")


def check_digit(code5: str) -> str:
    """Return the sixth digit of a local government code (JIS X 0402; 全国地方公共団体コード).

    The five digits are weighted 6, 5, 4, 3, 2; the digit is the last one of 11 minus the
    sum's remainder by 11. Raises ValueError unless `code5` is five digits.

    >>> check_digit("13105"), check_digit("01100")
    ('9', '2')
    """
    _require_digits(code5, 5, "a standard area code")
    total = sum(weight * int(digit) for weight, digit in zip(range(6, 1, -1), code5, strict=True))
    return str((11 - total % 11) % 10)


def _corporate_check_digit(base: str) -> str:
    # From the right, odd places count once and even places twice.
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(base)))
    return str(9 - total % 9)


def corporate_number(code6: str) -> str:
    """Return the corporate number (法人番号) of the local government with code `code6`.

    Specified by 法人番号の指定等に関する省令 (平成26年財務省令第70号), article 2: the check
    digit stands in front of 000020 and the 6-digit code. Raises ValueError unless `code6` is six
    digits with the right check digit.

    >>> corporate_number("130001")
    '8000020130001'
    """
    _require_digits(code6, 6, "a local government code")
    if check_digit(code6[:5]) != code6[5]:
        raise ValueError(
            f"found {code6!r}, expected check digit {check_digit(code6[:5])} at its end"
        )
    base = _LOCAL_GOVERNMENT_PREFIX + code6
    return _corporate_check_digit(base) + base


def corporate_number_is_valid(number: str) -> bool:
    """Tell whether `number` is 13 digits whose first one is the check digit of the others.

    Specified by 財務省令第70号, article 2. The check cannot see a 0 and a 9 exchanged.

    >>> corporate_number_is_valid("6010001008795"), corporate_number_is_valid("3000020131016")
    (True, False)
    """
    if len(number) != 13 or not (number.isascii() and number.isdigit()):
        return False
    return _corporate_check_digit(number[1:]) == number[0]
