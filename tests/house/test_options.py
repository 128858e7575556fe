"""Settings are read once, typed, and wrong ones are all told at once."""

from dataclasses import fields
from pathlib import Path

import pytest

from hezhi.project.options import ROOT, Options, OptionsInvalid, options_read, variable_of


def test_without_any_variable_the_defaults_hold_below_the_checkout() -> None:
    options = options_read({})
    assert (options.run_dir, options.port, options.https) == (ROOT / ".run", 8000, False)
    assert options.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")


def test_every_kind_of_value_is_read() -> None:
    options = options_read({
        "HEZHI_RUN_DIR": "/srv/hezhi", "HEZHI_PORT": " 8080 ", "HEZHI_HTTPS": "yes", "HEZHI_LOG_LEVEL": "debug",
        "HEZHI_ALLOWED_HOSTS": "a.example, b.example,", "DATABASE_URL": "postgresql://u:p@db.example/hezhi",
    })  # fmt: skip
    assert options.run_dir == Path("/srv/hezhi")
    assert (options.port, options.https, options.log_level) == (8080, True, "DEBUG")
    assert options.allowed_hosts == ("a.example", "b.example")
    assert options.database_url == "postgresql://u:p@db.example/hezhi"


def test_all_mistakes_are_told_at_once_with_the_nearest_name() -> None:
    with pytest.raises(OptionsInvalid) as raised:
        options_read({
            "HEZHI_PROT": "8000", "HEZHI_PORT": "eighty", "HEZHI_WEB_WORKERS": "0", "HEZHI_DEBUG": "perhaps",
            "HEZHI_SMTP_URL": "mail.example", "HEZHI_LOG_LEVEL": "loud",
        })  # fmt: skip
    assert raised.value.findings == (
        "HEZHI_PROT: there is no such setting; did you mean HEZHI_PORT?",
        "HEZHI_PORT: 'eighty' is not a whole number.",
        "HEZHI_DEBUG: 'perhaps' is neither yes nor no.",
        "HEZHI_WEB_WORKERS: 0 is below the least value 1.",
        "HEZHI_SMTP_URL: must begin with smtp:// or smtps://.",
        "HEZHI_LOG_LEVEL: 'LOUD' is none of DEBUG, INFO, WARNING, ERROR.",
    )


def test_no_secret_shows_in_the_text_of_the_options() -> None:
    secret = "s3cret-" + "value"
    options = options_read({"HEZHI_SECRET_KEY": secret, "DATABASE_URL": f"postgres://u:{secret}@h/d"})
    assert secret not in repr(options)
    assert options.secret_key == secret


def test_every_option_says_what_it_sets() -> None:
    assert [variable_of(option) for option in fields(Options) if len(option.metadata["says"]) < 10] == []
