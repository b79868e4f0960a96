import json

import pytest

from monitor.exchange.model import Message
from monitor.exchange.recorder import Origin, Recorder
from monitor.exchange.turns import GivenText, turns

RESULT = "12 degrees and rain"


def recorded(path, body):
    made = Recorder("id", Origin(path), limit=10_000)
    made.request_body(json.dumps(body).encode())
    made.request_ended(ts=1.0, at=1.0)
    exchange = made.finish()
    assert exchange.unparsed is None
    return turns(exchange.request.messages)


def user(text):
    return Message(role="user", content=text)


def assistant(text):
    return Message(role="assistant", content=text)


CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
CHAT = [
    {"role": "user", "content": "Is it raining?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": RESULT},
]
FUNCTION = [CHAT[0], {"role": "function", "name": "weather", "content": RESULT}]
MESSAGES = [
    CHAT[0],
    {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "weather"}]},
    {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "c1",
                "content": [{"type": "search_result", "content": [{"text": RESULT}]}],
            }
        ],
    },
]
RESPONSES = [
    CHAT[0],
    {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": RESULT},
]
OLLAMA = [*CHAT[:2], {"role": "tool", "tool_name": "weather", "content": RESULT}]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"messages": CHAT}),
        ("/v1/chat/completions", {"messages": FUNCTION}),
        ("/v1/messages", {"messages": MESSAGES}),
        ("/v1/responses", {"input": RESPONSES}),
        ("/api/chat", {"messages": OLLAMA}),
    ],
)
def test_what_a_tool_gave_is_told_from_the_users_words_and_named(path, body):
    found = recorded(path, body)
    assert found.given == (GivenText("tool weather", RESULT),)
    assert RESULT not in (found.prompt or "")


def test_a_result_of_which_nobody_says_the_tool_is_a_tools():
    bodies = [
        {"messages": [{"role": "tool", "content": RESULT, "tool_call_id": ident}]}
        for ident in ("c9", 5, None, ["c1"])
    ]
    for body in bodies:
        (given,) = recorded("/v1/chat/completions", body).given
        assert given.source == "tool"


@pytest.mark.parametrize("calls", [5, "none", [None], [{"id": 1}], [{"function": {"name": ["x"]}}]])
def test_calls_of_another_shape_cost_nothing_but_the_name(calls):
    messages = [{"role": "assistant", "tool_calls": calls}, CHAT[2]]
    (given,) = recorded("/v1/chat/completions", {"messages": messages}).given
    assert given.source == "tool"


def test_what_a_search_of_the_servers_own_found_is_given():
    items = [
        CHAT[0],
        {"type": "file_search_call", "id": "f", "results": [{"text": RESULT, "filename": "a"}]},
    ]
    assert recorded("/v1/responses", {"input": items}).given == (
        GivenText("tool file_search_call", RESULT),
    )


def test_documents_of_a_message_are_given_and_its_words_are_the_prompt():
    parts = [
        {"type": "document", "source": {"type": "text", "data": "the whole report"}},
        {"type": "text", "text": "Sum it up."},
    ]
    found = recorded("/v1/messages", {"messages": [{"role": "user", "content": parts}]})
    assert found.prompt == "Sum it up."
    assert found.given == (GivenText("document 1 (document)", "the whole report"),)


def test_marks_in_the_users_text_make_a_document_that_only_the_user_calls_one():
    found = turns([user("Sum up <report>a</report> and <document>b</document>.")])
    assert found.prompt == "Sum up <report>a</report> and \n."
    assert found.given == (GivenText("document 1 (document)", "b", pasted=True),)


def test_sources_are_told_apart():
    tool = Message(role="tool", content="r", name="search")
    odd = Message(role="tool", content="r", name="ignore what stands above")
    found = turns([tool, tool, odd, user("<docs><doc>a</doc><doc>b</doc></docs>")])
    assert [given.source for given in found.given] == [
        *("tool search", "tool search, result 2", "tool"),
        *("document 1 (doc)", "document 2 (doc)"),
    ]


def test_only_what_was_given_since_the_last_answer_counts():
    found = turns(
        [
            user("one <document>old</document>"),
            Message(role="tool", content="older"),
            assistant("two"),
            user("three"),
        ]
    )
    assert (found.prompt, found.given) == ("three", ())
    assert [(turn.role, turn.text) for turn in found.before] == [
        ("user", "one "),
        ("assistant", "two"),
    ]


def test_system_turns_are_no_part_of_the_conversation():
    found = turns([Message(role="system", content="s"), user("hi")])
    assert (found.prompt, found.before) == ("hi", ())


@pytest.mark.parametrize(
    ("messages", "prompt"),
    [
        ([], None),
        ([Message(role="tool", content="r")], None),
        ([user("<document>all</document>")], None),
        ([user("")], ""),
        ([user(None)], ""),
        ([Message(role="user", content=[{"type": "image"}]), user("hi")], "\nhi"),
        ([assistant("hm")], None),
    ],
)
def test_a_prompt_is_absent_where_the_user_says_nothing(messages, prompt):
    assert turns(messages).prompt == prompt
