"""The six passes of the check, in order: text, shape, refs, meaning, behaviour, history."""
