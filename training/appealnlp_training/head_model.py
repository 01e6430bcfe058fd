"""One head of a fine-tuned encoder as transformers knows it; ``AutoModelForSequenceClassification`` loads its folder.

This file travels with the exported folder, so it uses nothing but torch and transformers.
"""

import torch
from torch import nn
from transformers import BertConfig, BertModel, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class AppealHeadConfig(BertConfig):
    """A BERT configuration; ``id2label`` names the classes of the head."""

    model_type = "appeal_head"


class AppealHead(PreTrainedModel):
    """The encoder and one head over mean and peak of the token vectors."""

    config_class = AppealHeadConfig

    def __init__(self, config: AppealHeadConfig) -> None:
        super().__init__(config)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.norm = nn.LayerNorm(2 * config.hidden_size)
        self.classifier = nn.Linear(2 * config.hidden_size, int(config.num_labels or 0))
        self.post_init()

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None, **_: object
    ) -> SequenceClassifierOutput:
        """Scores of the classes, one row a text."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        hidden = self.encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state
        wide = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * wide).sum(1) / wide.sum(1)
        peak = (hidden - (1 - wide) * 1e4).amax(1)
        return SequenceClassifierOutput(logits=self.classifier(self.norm(torch.cat([mean, peak], -1))))
