"""An assembly writes in one language of its own, which its settings name."""

from pathlib import Path

import pytest

from instance import config, languages
from instance.config import Config
from instance.errors import Misused
from instance.web.forms import Form
from instance.web.moments import span, write_span
from tests.instance.serving import folkmoot


@pytest.mark.parametrize(
    ("told", "code"),
    [("fr_CA.UTF-8", "fr"), ("ar", "ar"), ("de_DE.UTF-8", "en"), ("C", "en")],
)
def test_the_machine_says_in_which_language_an_assembly_writes(
    monkeypatch: pytest.MonkeyPatch, told: str, code: str
) -> None:
    monkeypatch.setenv("LC_ALL", told)

    assert languages.guess().code == code


def test_the_language_stands_in_the_settings(tmp_path: Path) -> None:
    config.write(Config(directory=tmp_path, slug="harbour", language="fr"))

    assert config.read(tmp_path).speaks.name == "Français"


def test_a_language_that_the_pages_do_not_speak_is_refused(tmp_path: Path) -> None:
    (tmp_path / config.SETTINGS).write_text('slug = "a"\nlanguage = "tlh"\n')

    with pytest.raises(Misused, match="The pages do not speak 'tlh'"):
        config.read(tmp_path)


def test_a_command_chooses_another_language(tmp_path: Path) -> None:
    config.write(Config(directory=tmp_path, slug="harbour"))

    folkmoot("language", str(tmp_path), "ar")

    assert config.read(tmp_path).language == "ar"


@pytest.mark.parametrize("code", languages.LANGUAGES)
@pytest.mark.parametrize(
    "seconds", [90, 60, 3_600, 86_400, 172_800, 3 * 86_400, 7 * 86_400, 11 * 604_800]
)
def test_a_length_of_time_is_read_as_a_page_writes_it(code: str, seconds: int) -> None:
    with languages.speaking(languages.LANGUAGES[code]):
        written = write_span(seconds)

    assert span(Form(values={"notice": (written,)}), "notice", "Notice") == seconds
