"""What another server sent or did may be wrong; the sentence says how.

The tree says what went wrong and never which status answers it: that is the edge's
business.
"""


class ProtocolError(Exception):
    """The other server did not keep to the protocol."""


class Malformed(ProtocolError):
    """What came cannot be read, whoever sent it."""


class NotAuthentic(ProtocolError):
    """No valid signature of the one in whose name this came."""


class Forbidden(ProtocolError):
    """The sender is known, and what they ask is closed to them."""


class TooLarge(ProtocolError):
    """What came, or was fetched, is larger than we read."""


class Unsupported(ProtocolError):
    """A media type, encoding or algorithm that we do not speak."""


class TooMany(ProtocolError):
    """The sender asks more often than we answer.

    Args:
        message: the sentence for the sender.
        retry_after: seconds after which asking again makes sense; at least 1.
    """

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooSlow(ProtocolError):
    """What came was not there in time."""


class Unreachable(ProtocolError):
    """The other server gave no usable answer in time."""


class Gone(Unreachable):
    """The other server answers that what we ask for is not there, or no more."""


class NotAllowed(Unreachable):
    """The address guard refused the destination before anything was sent."""
