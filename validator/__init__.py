"""Validation of RDF by SHACL shapes, each compiled to a query that the store of the data runs.

    report = validate(store, shapes)

Knows no vocabulary but SHACL's. The data stay where they are: a pyoxigraph store, or a SPARQL
endpoint by its address.
"""

from .errors import CannotCompile, EndpointError, RecursiveShape, ShapeError, ValidatorError
from .report import Report, Result
from .source import Endpoint
from .validate import validate

__all__ = [
    "CannotCompile",
    "Endpoint",
    "EndpointError",
    "RecursiveShape",
    "Report",
    "Result",
    "ShapeError",
    "ValidatorError",
    "validate",
]
