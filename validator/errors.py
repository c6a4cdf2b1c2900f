"""What can be wrong with shapes and endpoints; every text is one sentence."""


class ValidatorError(Exception):
    """The validation could not be carried out."""


class ShapeError(ValidatorError):
    """The shapes graph is ill-formed: the text names the shape, what was found and expected."""


class RecursiveShape(ShapeError):
    """A shape refers to itself, directly or through others: the text names the cycle."""


class CannotCompile(ShapeError):
    """A constraint that is well-formed, but that no query can be made of."""


class EndpointError(ValidatorError):
    """A SPARQL endpoint did not answer, or not with results of a query."""
