"""stub"""
from typing import Any
def joined(*a: Any) -> Any:
    raise NotImplementedError
