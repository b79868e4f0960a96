"""The names that model servers give their own numbers, and what those are here.

From the documentation of vLLM, Text Generation Inference, llama.cpp's server and Ollama. A server
that has none of these names says nothing.
"""

from __future__ import annotations

LEVELS = {
    "vllm:num_requests_running": "running",
    "vllm:num_requests_waiting": "waiting",
    "vllm:kv_cache_usage_perc": "cache_usage",
    "vllm:gpu_cache_usage_perc": "cache_usage",
    "tgi_batch_current_size": "running",
    "tgi_queue_size": "waiting",
    "llamacpp:requests_processing": "running",
    "llamacpp:requests_deferred": "waiting",
    "llamacpp:kv_cache_usage_ratio": "cache_usage",
}
"""What is so at the moment: requests that run and that wait, the share of the cache in use."""

COUNTS = {
    "vllm:prompt_tokens_total": "input_tokens",
    "vllm:generation_tokens_total": "output_tokens",
    "vllm:num_preemptions_total": "preemptions",
    "tgi_request_input_length_sum": "input_tokens",
    "tgi_request_generated_tokens_sum": "output_tokens",
    "llamacpp:prompt_tokens_total": "input_tokens",
    "llamacpp:tokens_predicted_total": "output_tokens",
}
"""What only grows; told per second."""

MEANS = {
    "queue": (
        ("vllm:request_queue_time_seconds_sum", "vllm:request_queue_time_seconds_count"),
        ("tgi_request_queue_duration_sum", "tgi_request_queue_duration_count"),
    ),
    "prefill": (
        ("vllm:request_prefill_time_seconds_sum", "vllm:request_prefill_time_seconds_count"),
        ("llamacpp:prompt_seconds_total", "llamacpp:prompt_tokens_total"),
    ),
    "decode": (
        ("vllm:request_decode_time_seconds_sum", "vllm:request_decode_time_seconds_count"),
        ("llamacpp:tokens_predicted_seconds_total", "llamacpp:tokens_predicted_total"),
    ),
    "token": (
        (
            "tgi_request_mean_time_per_token_duration_sum",
            "tgi_request_mean_time_per_token_duration_count",
        ),
    ),
}
"""Seconds, and of how many: a request's time in the queue, in prefill (llama.cpp: of each token), ..."""

UNITS = {
    "running": "requests",
    "waiting": "requests",
    "cache_usage": "of the cache",
    "loaded": "models",
    "on_accelerator": "of the weights",
    "input_tokens": "tokens/s",
    "output_tokens": "tokens/s",
    "preemptions": "a second",
    **dict.fromkeys(MEANS, "s"),
}

WANTED = frozenset(LEVELS) | frozenset(COUNTS) | {n for p in MEANS.values() for ns in p for n in ns}
"""Every name that is read."""
