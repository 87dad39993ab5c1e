"""How an answer to a form is read: it was carried out, or refused with a sentence."""

import httpx

from tests.instance.web.browsing import text_of


def done(answer: httpx.Response) -> str:
    """Make sure that a form was carried out; return the page that it led to."""
    assert answer.status_code == 303, text_of(answer.text)
    return answer.headers["location"]


def refused(answer: httpx.Response, status: int, says: str) -> None:
    """Make sure that a form was refused with a sentence on the page shown again."""
    assert answer.status_code == status, text_of(answer.text)
    assert says in text_of(answer.text)
    assert 'role="alert"' in answer.text
