"""The headers that every answer has, whoever makes it."""

POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)
VARY = ("Accept", "Accept-Language", "Accept-Encoding")
EVERY_ANSWER = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Age, Cache-Status, Content-Disposition, Content-Type, ETag, Enishi-Federation, Link,"
        " Retry-After"
    ),
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Vary": ", ".join(VARY),
}
EVERY_ANSWER_LINES = "".join(f"{n}: {v}\r\n" for n, v in EVERY_ANSWER.items()).encode()
PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Cache-Control, Content-Type",
    "Access-Control-Max-Age": "86400",
}
