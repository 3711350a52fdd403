"""What msturn says is the same in every language of the user: decimals have a point. tshark, like Wireshark, sets the user's locale."""

import os
import shutil
import subprocess

import pytest

LANGUAGE = "de_DE.UTF-8"  # decimals with a comma
SPOKEN_OF = ("cms-expressway-skype", "broken-connect-timeout")  # with seconds in what is said of them
FORMS = [("-q", "-z", "msturn,report"), ("-q", "-z", "msturn,html"), ("-q", "-z", "msturn,json"), ("-q", "-z", "follow,msturn,ascii,0"),
         ("-2", "-T", "fields", "-e", "_ws.col.Info", "-e", "_ws.expert.message", "-e", "msturn.delivered_in")]


@pytest.fixture(scope="module")
def german(workspace) -> dict[str, str]:
    """The environment in that language; the system need not have it."""
    folder = workspace / "locales"
    folder.mkdir()
    if not shutil.which("localedef"):
        pytest.skip("there is no localedef")
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", folder / LANGUAGE], capture_output=True, check=False)
    environment = {"LOCPATH": str(folder), "LC_ALL": LANGUAGE}
    printed = subprocess.run(["bash", "-c", "printf %.1f 0"], env=os.environ | environment, capture_output=True, check=False).stdout
    return environment if printed == b"0,0" else pytest.skip(f"{LANGUAGE} could not be made")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form[-1])
def test_decimals_have_a_point(tshark, german, sample, monkeypatch, form):
    for name in SPOKEN_OF:
        expected = tshark.run(sample(name), *form)
        with monkeypatch.context() as patch:
            for variable, value in german.items():
                patch.setitem(tshark.environment, variable, value)
            printed = tshark.output("-n", "-r", str(sample(name)), *form)
        assert printed == expected, name
