"""How many numbers Scout's and Maverick's image halves have, by formula: they are the same in both."""

from __future__ import annotations

from typing import NamedTuple


class PictureHalf(NamedTuple):
    """The sizes of the part that reads pictures, as in the published configs of Llama 4.

    Attributes:
        side: of a tile, in pixels.
        patch: side of a patch, in pixels.
        width: of a patch's vector.
        inner: width of a layer's feed-forward network.
        layers: of the encoder.
        adapter: width of the adapter, and of what it hands on.
        text_width: of the text model's stream.
        merged: neighbouring patches that become one token.
    """

    side: int = 336
    patch: int = 14
    width: int = 1408
    inner: int = 5632
    layers: int = 34
    adapter: int = 4096
    text_width: int = 5120
    merged: int = 4

    @property
    def patches(self) -> int:
        """In a tile."""
        return (self.side // self.patch) ** 2

    @property
    def tokens(self) -> int:
        """In the text model's stream, for a tile."""
        return self.patches // self.merged

    def encoder_parameters(self) -> int:
        """A patch matrix, a vector for the whole tile, learned positions, norms and layers, all of them with biases."""
        w = self.width
        attention, network, norms = 4 * (w * w + w), 2 * w * self.inner + self.inner + w, 4 * w
        entrance = 3 * self.patch**2 * w + w + (self.patches + 1) * w
        return self.layers * (attention + network + norms) + entrance + 4 * w

    def adapter_parameters(self) -> int:
        """Two matrices behind the merged patches, and one into the text model's width."""
        return self.merged * self.width * self.adapter + self.adapter**2 + self.adapter * self.text_width

    def parameters(self) -> int:
        return self.encoder_parameters() + self.adapter_parameters()
