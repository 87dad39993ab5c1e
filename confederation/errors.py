"""A refusal is a reason, in a whole sentence for the person who asked."""


class Refused(Exception):
    """The assembly's rules do not allow this."""


class NotEntitled(Refused):
    """The one who asks may not do this."""


class TooEarly(Refused):
    """What must come before has not happened yet."""


class TooLate(Refused):
    """The time for this is over."""


class Unknown(Refused):
    """What is named does not exist."""


class Invalid(Refused):
    """What was given cannot be right, whoever gave it."""
