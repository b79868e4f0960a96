"""The encoder as torch trains it: MiniLM with a head on the mean of the judged segment."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel

from detectors.safety.categories import CATEGORIES


class SafetyNet(nn.Module):
    """Log-odds by category from token ids, attention mask, segments and what is judged."""

    def __init__(self, base: Path, attention: str = "sdpa") -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(
            base, add_pooling_layer=False, attn_implementation=attention
        )
        width = self.body.config.hidden_size
        self.inner = nn.Linear(2 * width, width)
        self.outer = nn.Linear(width, len(CATEGORIES))
        self.dropout = nn.Dropout(0.1)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
        judged: torch.Tensor,
    ) -> torch.Tensor:
        """Give log-odds of shape (texts, categories); `judged` marks what the mean is over."""
        hidden = self.body(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        marks = judged.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * marks).sum(1) / marks.sum(1).clamp(min=1.0)
        both = torch.cat([hidden[:, 0], mean], dim=-1)
        inner = nn.functional.gelu(self.inner(self.dropout(both)))
        found: torch.Tensor = self.outer(self.dropout(inner))
        return found
