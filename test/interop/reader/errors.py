"""What the reader refuses, as a line that a caller can match."""


class Refused(Exception):
    """The bytes are not what they claim to be."""
