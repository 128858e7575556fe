"""How well a detector finds what an invented, labelled city holds, on seeds that it was not tuned on."""
