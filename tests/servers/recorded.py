"""What is asked of the real servers for the golden streams: a path and a body by name."""

SAMPLING = {"temperature": 0, "seed": 7}
PROMPT = {"prompt": "The sea", "max_tokens": 8} | SAMPLING
CHAT = {
    "messages": [{"role": "user", "content": "Say hello in two words."}],
    "max_tokens": 8,
} | SAMPLING
SYSTEM = CHAT | {"system": "Be brief."}
RESPONSE = {
    "input": "Say hello in two words.",
    "instructions": "Be brief.",
    "max_output_tokens": 8,
    "temperature": 0,
}
STREAM = {"stream": True}
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
TWO = {"n": 2, "temperature": 1.0}
EMBED = {"input": ["The sea is", "You are brief ."]}

PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Rome", "Oslo"]}},
    "required": ["city"],
}
FUNCTION = {
    "name": "weather",
    "description": "The weather of a city",
    "parameters": PARAMETERS,
}
CHAT_TOOL = {
    "tools": [{"type": "function", "function": FUNCTION}],
    "tool_choice": "required",
    "max_tokens": 60,
}
RESPONSE_TOOL = {
    "tools": [{"type": "function", **FUNCTION}],
    "tool_choice": "required",
    "max_output_tokens": 60,
}
MESSAGES_TOOL = {
    "tools": [{"name": "weather", "description": "Weather", "input_schema": PARAMETERS}],
    "tool_choice": {"type": "any"},
    "max_tokens": 60,
}
TURNS = {
    "input": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "The sea"}]},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "is three", "annotations": []}],
        },
        {"role": "user", "content": "colours ."},
    ],
    "max_output_tokens": 8,
    "temperature": 0,
}


def openai(server: str) -> dict[str, tuple[str, dict]]:
    """What every server is asked."""
    return {
        f"{server}-chat-plain": ("/v1/chat/completions", CHAT),
        f"{server}-chat-stream": ("/v1/chat/completions", CHAT | STREAM),
        f"{server}-completion-stream": ("/v1/completions", PROMPT | USAGE),
        f"{server}-responses-plain": ("/v1/responses", RESPONSE | {"stream": False}),
        f"{server}-responses-stream": ("/v1/responses", RESPONSE | STREAM),
    }


def everything(server: str) -> dict[str, tuple[str, dict]]:
    """What llama.cpp and vLLM are asked: all dialects they have."""
    return openai(server) | {
        f"{server}-chat-stream-usage": ("/v1/chat/completions", CHAT | USAGE),
        f"{server}-chat-two-choices": ("/v1/chat/completions", CHAT | TWO),
        f"{server}-completion-plain": ("/v1/completions", PROMPT),
        f"{server}-responses-turns": ("/v1/responses", TURNS | STREAM),
        f"{server}-messages-plain": ("/v1/messages", SYSTEM),
        f"{server}-messages-stream": ("/v1/messages", SYSTEM | STREAM),
        f"{server}-error": ("/v1/chat/completions", {"messages": "none"}),
    }


LLAMA = everything("llama") | {
    "llama-chat-tool": ("/v1/chat/completions", CHAT | CHAT_TOOL | USAGE),
}
VLLM = everything("vllm") | {
    "vllm-chat-two-choices-stream": ("/v1/chat/completions", CHAT | TWO | USAGE),
    # Its vocabulary of words cannot spell a call: the server fails in mid-answer.
    "vllm-chat-error-in-stream": ("/v1/chat/completions", CHAT | CHAT_TOOL | USAGE),
    "vllm-messages-error-in-stream": ("/v1/messages", SYSTEM | MESSAGES_TOOL | STREAM),
    "vllm-responses-cut": ("/v1/responses", RESPONSE | RESPONSE_TOOL | STREAM),
}
VLLM_TOOLS = {
    "vllm-chat-tool": ("/v1/chat/completions", CHAT | CHAT_TOOL | USAGE),
    "vllm-chat-tool-plain": ("/v1/chat/completions", CHAT | CHAT_TOOL),
    "vllm-messages-tool": ("/v1/messages", SYSTEM | MESSAGES_TOOL | STREAM),
    "vllm-messages-tool-plain": ("/v1/messages", SYSTEM | MESSAGES_TOOL),
    "vllm-responses-tool": ("/v1/responses", RESPONSE | RESPONSE_TOOL | STREAM),
    "vllm-responses-tool-plain": ("/v1/responses", RESPONSE | RESPONSE_TOOL),
}
TRANSFORMERS = openai("transformers")
LLAMA_EMBEDDINGS = {"llama-embeddings": ("/v1/embeddings", EMBED)}
VLLM_EMBEDDINGS = {
    "vllm-embeddings": ("/v1/embeddings", EMBED),
    "vllm-embeddings-base64": ("/v1/embeddings", EMBED | {"encoding_format": "base64"}),
}
