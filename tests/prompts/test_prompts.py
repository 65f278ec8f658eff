"""Prompts are versioned texts with named holes; a client's words never fill one."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.loader import load, prompts_in

PROMPTS = ("triage", "router", "reply", "handover")


@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_says_which_version_of_which_text_it_is(name: str) -> None:
    prompt = load(name)
    assert prompt.version >= 1
    assert prompt.label == f"{name}@{prompt.version}#{prompt.hash}"
    assert len(prompt.hash) == 12


@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_renders_with_its_inputs_and_with_nothing_else(name: str) -> None:
    prompt = load(name)
    given = {hole: f"<{hole}>" for hole in prompt.inputs}
    rendered = prompt.render(**given)
    assert all(value in rendered for value in given.values())
    assert "{{" not in rendered
    with pytest.raises(ValueError, match="takes"):
        prompt.render(**given, stranger="x")
    for hole in given:
        with pytest.raises(ValueError, match="takes"):
            prompt.render(**{name: value for name, value in given.items() if name != hole})


@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_tells_the_model_that_the_message_is_data(name: str) -> None:
    text = load(name).template.lower()
    assert "data" in text
    assert "never" in text


@pytest.mark.parametrize("name", PROMPTS)
def test_no_prompt_has_a_hole_for_what_a_client_wrote(name: str) -> None:
    assert not {"message", "text", "thread", "body"} & set(load(name).inputs)


OWN = "---\nid: reply\nversion: 7\ninputs: [language]\noutput: WriterAnswer\n---\nAnswer in {{ language }}.\n"


def test_a_folder_of_prompts_takes_the_place_of_ours_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "reply.md").write_text(OWN)
    found = prompts_in(tmp_path)
    assert found["reply"].label.startswith("reply@7#")
    assert {name: found[name] for name in PROMPTS if name != "reply"} == {name: load(name) for name in PROMPTS if name != "reply"}
    assert prompts_in(None)["reply"] == load("reply")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("answer.md", OWN, "there is no prompt answer; the prompts are"),
        ("reply.md", OWN.replace("[language]", "[tongue]"), "front matter says"),
        ("reply.md", OWN.replace("language", "tongue"), r"it takes \['tongue'\], its agent gives \['language'\]"),
        ("reply.md", "Answer.", "reply.md: "),
        ("reply.txt", OWN, "holds no prompt; it needs at least one of"),
    ],
)
def test_a_prompt_that_cannot_take_the_place_of_ours_is_told_why(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=says):
        prompts_in(tmp_path)
