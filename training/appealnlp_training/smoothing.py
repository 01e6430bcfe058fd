"""Makes an encoder fit for eight-bit activations: loud channels of an input are quietened, their weights raised.

SmoothQuant (Xiao et al. 2023, https://arxiv.org/abs/2211.10438): one channel that is ten times as loud as the others
takes ten times the step for all of them when a whole tensor is cut into 255 steps. x W = (x / s) (s W) holds for any s.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

import torch
from torch import nn

_STRENGTH = 0.75
"""How much of the loudness moves into the weights: 0 nothing, 1 all. The paper takes 0.5 where outliers are mild,
more where they are not; ``export`` prints how many answers stay the same."""
_LEAST = 1e-4


class Smoothed(nn.Module):
    """A linear layer whose input is divided by the factors that its weights were multiplied with."""

    def __init__(self, linear: nn.Linear, scale: torch.Tensor) -> None:
        super().__init__()
        self.linear = copy.deepcopy(linear)
        self.linear.weight.data *= scale
        self.register_buffer("factor", 1 / scale)
        self.factor: torch.Tensor

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """The same as the layer, but for rounding."""
        found: torch.Tensor = self.linear(given * self.factor)
        return found


def smooth(model: nn.Module, body: nn.Module, texts: Iterable[torch.Tensor]) -> None:
    """Replace the linear layers of ``body``, a part of ``model``, after hearing how loud their inputs are on ``texts``.

    ``texts`` are token ids, one row each; ordinary ones. Layers that hear the same share their factors.
    """
    layers = {name: layer for name, layer in body.named_modules() if isinstance(layer, nn.Linear)}
    peaks: dict[str, torch.Tensor] = {}

    def listen(name: str) -> torch.utils.hooks.RemovableHandle:
        def hear(_: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            loud = given[0].detach().abs().flatten(0, -2).amax(0)
            peaks[name] = torch.maximum(peaks[name], loud) if name in peaks else loud

        return layers[name].register_forward_pre_hook(hear)

    handles = [listen(name) for name in layers]
    with torch.no_grad():
        for ids in texts:
            model(ids)
    for handle in handles:
        handle.remove()
    together: dict[bytes, list[str]] = {}
    for name, peak in peaks.items():  # what nothing went through stays
        together.setdefault(peak.numpy().tobytes(), []).append(name)
    for names in together.values():
        scale = _scale(peaks[names[0]], torch.cat([layers[name].weight.detach() for name in names]))
        for name in names:
            _replace(body, name, Smoothed(layers[name], scale))


def _scale(peak: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    loud, strong = peak.clamp_min(_LEAST), weight.abs().amax(0).clamp_min(_LEAST)
    found: torch.Tensor = loud**_STRENGTH / strong ** (1 - _STRENGTH)
    return found


def _replace(body: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, leaf = name.rpartition(".")
    setattr(body.get_submodule(parent), leaf, layer)
