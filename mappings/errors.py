"""What can go wrong, each with one sentence: what was found, what was expected, where."""


class EnishiError(Exception):
    """Something a person can put right; its text is the whole message."""


class ReadError(EnishiError):
    """A document's text does not have the layout its reader understands."""


class TableError(EnishiError):
    """A committed table (CSV or TOML) is not as the mapping expects it."""


class MappingError(EnishiError):
    """A row cannot be given a meaning."""


class ResolutionError(MappingError, ValueError):
    """A name does not stand for exactly one entity."""


class UnknownName(ResolutionError):
    """No entity of the registers has this name."""


class EndedName(UnknownName):
    """The entity of this name was no more on the day meant."""


class AmbiguousName(ResolutionError):
    """Several entities have this name and nothing in the context decides."""


class BuildError(EnishiError):
    """The release cannot be made: a violation, a duplicate IRI, a full disk."""
